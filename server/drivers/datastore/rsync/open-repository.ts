/**
 * Shell function `open_repository <base path>` for the scripts that write: makes the folder, and gives a new one its id
 * file. A folder that has content but no id was written by another program (or its id was removed): it is used as it is
 * and reported as `foreign`.
 */
export const OPEN_REPOSITORY = `
open_repository() {
  umask 077
  if [ ! -d "$1" ]; then mkdir -p -- "$1"; fi
  if [ -e "$1/.repo-id" ]; then echo known; return; fi
  if [ -n "$(ls -A -- "$1" | grep -vxF -e lost+found)" ]; then echo foreign; return; fi
  od -An -N12 -tx1 /dev/urandom | tr -d ' \\n' > "$1/.repo-id.$$"
  sync "$1/.repo-id.$$"
  mv -f -- "$1/.repo-id.$$" "$1/.repo-id"
  sync "$1"
  echo new
}
`;
