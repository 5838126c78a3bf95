/**
 * Sending a file to the device while it is still being written, so that the sync at its end has little left to wait for.
 * The kernel would begin after 30 s, or when a tenth of the memory is dirty.
 *
 * `flush <file>`: syncs the file every second until stdin ends; it fails when a sync fails, and its caller must then fail
 * too: the error is told once, so a later sync would not see it.
 */
export const FLUSH_FUNCTION = `
flush() {
  local code
  while :; do
    read -r -t 1 && code=0 || code=$?
    if [ "$code" -le 128 ]; then return 0; fi
    if [ -e "$1" ]; then sync -d -- "$1" || return 1; fi
  done
}
`;
