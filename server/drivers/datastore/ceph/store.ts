/** Images of a datastore in Ceph: `<POOL_NAME>/one-<image id>`. */
import { HostAddress } from "../../../domain/datastore";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { checkName, parseSource, RBD_FUNCTIONS, type RbdImage, readAccess, sourceOf, wordsOf } from "../../ceph/rbd";
import { runScript } from "../../remote";
import type { XmlElement } from "../../xml";
import { numericId } from "../rsync/repository";

/** $1 user, $2 conf, $3 image; exit code 2: there is none. */
const SIZE_SCRIPT = `${RBD_FUNCTIONS}
if ! said=$(rbd_as "$1" "$2" info --format json -- "$3" 2>&1); then
  case $said in *"No such file or directory"*) echo missing; exit 0 ;; *) echo "$said" >&2; exit 1 ;; esac
fi
echo "$said"
`;

/** $1 user, $2 conf, then images. What is gone already is fine. Clones keep their image: then it fails and says so. */
const REMOVE_SCRIPT = `${RBD_FUNCTIONS}
user=$1 conf=$2; shift 2
for image in "$@"; do
  if ! said=$(rbd_as "$user" "$conf" info -- "$image" 2>&1); then
    case $said in *"No such file or directory"*) continue ;; *) echo "$said" >&2; exit 1 ;; esac
  fi
  rbd_as "$user" "$conf" snap unprotect -- "$image@snap" >/dev/null 2>&1 || :
  rbd_as "$user" "$conf" snap purge --no-progress -- "$image" >/dev/null
  rbd_as "$user" "$conf" rm --no-progress -- "$image"
done
`;

/** $1 user, $2 conf, $3 image, $4 bytes, $5 pool for its data or nothing. */
const CREATE_SCRIPT = `${RBD_FUNCTIONS}
data=()
if [ -n "$5" ]; then data=(--data-pool "$5"); fi
rbd_as "$1" "$2" create --size "$4B" "\${data[@]}" -- "$3"
`;

const RENAME_SCRIPT = `${RBD_FUNCTIONS}
rbd_as "$1" "$2" mv -- "$3" "$4"
`;

export interface CephStore {
  /** Where `rbd` runs: of BRIDGE_LIST, else this machine. */
  bridges: [Machine, ...Machine[]];
  pool: string;
  /** EC_POOL_NAME, empty: none. */
  dataPool: string;
  datastore: XmlElement;
}

/** Throws DriverError when an attribute is missing or not what it claims to be. */
export function openCephStore(datastore: XmlElement | null): CephStore {
  const template = datastore?.first("TEMPLATE") ?? null;
  if (datastore === null || template === null) throw new DriverError("The document has no DATASTORE element.");
  const hosts = template
    .text("BRIDGE_LIST")
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  const wrong = hosts.find((host) => !HostAddress.safeParse(host).success);
  if (wrong !== undefined) throw new DriverError(`BRIDGE_LIST: "${wrong}" is not a host name or IP address.`);
  const [first = "localhost", ...others] = hosts;
  const dataPool = template.text("EC_POOL_NAME");
  return {
    bridges: [{ host: first }, ...others.map((host) => ({ host }))],
    pool: checkName("POOL_NAME", template.text("POOL_NAME")),
    dataPool: dataPool === "" ? "" : checkName("EC_POOL_NAME", dataPool),
    datastore,
  };
}

/** The machine that works on an image: always the same for one id. */
export function bridgeOf({ bridges }: CephStore, id: number): Machine {
  return bridges[id % bridges.length] ?? bridges[0];
}

export function imageFor(store: CephStore, id: number): RbdImage {
  return { access: readAccess(store.datastore.first("TEMPLATE")), pool: store.pool, name: `one-${id}` };
}

/** Id of IMAGE, and the image that its SOURCE names; without one, the image that `cp` makes. */
export function namedImage(store: CephStore, image: XmlElement | null): { id: number; image: RbdImage } {
  if (image === null) throw new DriverError("The document has no IMAGE element.");
  const id = numericId("The image id", image.text("ID"));
  const own = imageFor(store, id);
  const source = image.text("SOURCE");
  if (source === "" || source === sourceOf(own)) return { id, image: own };
  parseSource(own.access, source);
  throw new DriverError(`"${source}" is not image ${id} of pool ${store.pool}; nothing was done.`);
}

/** The name that an image has until it is complete. */
export function partOf(image: RbdImage): RbdImage {
  return { ...image, name: `${image.name}.part` };
}

/** Bytes of the image, null when there is none. */
export async function sizeOf(machine: Machine, image: RbdImage, signal: AbortSignal): Promise<number | null> {
  const output = await runScript(machine, "host", "look at the image in Ceph", SIZE_SCRIPT, wordsOf(image), { signal });
  if (output.trim() === "missing") return null;
  const size = Number(/"size":(\d+)/.exec(output)?.[1]);
  if (!Number.isSafeInteger(size)) throw new DriverError("Ceph gave no size of the image.");
  return size;
}

/** Remove images of one login with their snapshots; missing is fine. */
export async function removeImages(
  machine: Machine,
  images: readonly [RbdImage, ...RbdImage[]],
  signal?: AbortSignal,
): Promise<void> {
  const [first] = images;
  const args = [first.access.user, first.access.conf, ...images.map(sourceOf)];
  const options = signal === undefined ? {} : { signal };
  await runScript(machine, "host", "remove the image from Ceph", REMOVE_SCRIPT, args, options);
}

export async function createImage(
  machine: Machine,
  image: RbdImage,
  bytes: number,
  dataPool: string,
  signal: AbortSignal,
): Promise<void> {
  const args = [...wordsOf(image), String(bytes), dataPool];
  await runScript(machine, "host", "make the image in Ceph", CREATE_SCRIPT, args, { signal });
}

export async function renameImage(machine: Machine, from: RbdImage, to: RbdImage, signal: AbortSignal): Promise<void> {
  const args = [...wordsOf(from), sourceOf(to)];
  await runScript(machine, "host", "name the image in Ceph", RENAME_SCRIPT, args, { signal });
}
