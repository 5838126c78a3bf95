/** `stat <request id>`: guest-visible MiB of the file or backup URL that IMAGE/PATH names, before it is an image. */
export { action } from "../fs/stat";
