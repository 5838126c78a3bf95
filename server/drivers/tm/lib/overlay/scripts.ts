/**
 * What changes the layers of a disk (stack.ts), as fixed scripts. Any of them can be killed anywhere: what `disk.<n>` leads
 * to is whole at every moment, and the next operation finishes or undoes the rest.
 *
 * `<overlay>.below` says what an overlay lay on when it began: `<name> <time of modification> <bytes>`, or `merging` while
 * that is being merged into what lies below. An increment is right only if nobody else has written there.
 */
import { BASE } from "./stack";

/**
 * `begin_layer` makes an overlay on what the disk is now, and the folder when it is the first; it sets `folder` and `lower`.
 * The folder and the file belong to whoever the VM's folder and the layer below belong to, because QEMU has to reach them;
 * a login user that may not give files away leaves that to libvirt.
 */
export const LAYER_FUNCTIONS = `
umask 077
lock() { exec 9<"$1"; flock -w 60 9; }
note() { printf '%s\\n' "$2" >"$1.below.tmp"; sync -- "$1.below.tmp"; mv -fT -- "$1.below.tmp" "$1.below"; }
facts() { stat -L -c '%.9Y %s' -- "$1"; }
lead() { rm -f -- "$1.new"; ln -s -- "$2" "$1.new"; mv -fT -- "$1.new" "$1"; }
is_inside() {
  case "$(readlink -f -- "$1")" in "$(readlink -f -- "$2")"/*) return 0 ;; *) return 1 ;; esac
}
leftovers() {
  if [ -L "$2" ] || [ ! -d "$2" ] || is_inside "$1" "$2"; then return 0; fi
  if [ "$1" -ef "$2/${BASE}" ]; then rm -rf --one-file-system -- "$2"; fi
}
begin_layer() {
  local disk=$1/disk.$2 link= real
  folder=$disk.snap lower=${BASE}
  if [ -L "$disk" ]; then link=$(readlink -- "$disk"); fi
  case $link in
    "disk.$2.snap/${BASE}") echo "$disk leads to the disk below its overlays. Put the link right." >&2; exit 1 ;;
    "disk.$2.snap/"*) lower=\${link#*/} ;;
    "" | /*)
      leftovers "$disk" "$folder"
      if [ -e "$folder" ] || [ -L "$folder" ]; then
        echo "$folder holds layers that do not belong to this disk any more. Move it away." >&2
        exit 1
      fi
      mkdir -- "$folder"
      chown --reference="$1" -- "$folder" 2>/dev/null || :
      chmod --reference="$1" -- "$folder"
      ln -P -- "$disk" "$folder/${BASE}" ;;
    *) echo "$disk is a link with a relative name." >&2; exit 1 ;;
  esac
  real=$(readlink -f -- "$folder" && echo x)
  qemu-img create -q -f qcow2 -u -b "\${real%??}/$lower" -F qcow2 "$folder/$3" "$4"
  chown --reference="$folder/$lower" -- "$folder/$3" 2>/dev/null || :
  chmod --reference="$folder/$lower" -- "$folder/$3"
}
`;

/** $1 vm_dir, then groups of: disk id, new overlay, bytes, modification time of the disk's newest file. */
export const BEGIN_SCRIPT = `
set -eu
${LAYER_FUNCTIONS}
vm_dir=$1; shift
lock "$vm_dir"
check() {
  while [ $# -gt 0 ]; do
    if [ "$(stat -L -c %.9Y -- "$vm_dir/disk.$1")" != "$4" ]; then
      echo "$vm_dir/disk.$1 was written to while it was backed up. Keep the VM powered off and try again." >&2
      exit 1
    fi
    shift 4
  done
}
check "$@"
while [ $# -gt 0 ]; do
  begin_layer "$vm_dir" "$1" "$2" "$3"
  note "$folder/$2" "$lower $(facts "$folder/$lower")"
  sync -- "$folder/$2" "$folder"
  lead "$vm_dir/disk.$1" "disk.$1.snap/$2"
  shift 4
done
sync -- "$vm_dir"
`;

/**
 * A powered-off disk. $1 vm_dir, $2 disk id, $3 folder, $4 overlay, $5 into, $6 overlay above or empty, $7 overlay over
 * `into` as a name for qemu. With `-d` the overlay stays as it is, so that everything can be done again.
 */
export const MERGE_SCRIPT = `
set -eu
${LAYER_FUNCTIONS}
vm_dir=$1 id=$2 folder=$3 overlay=$4 into=$5 above=$6
lock "$vm_dir"
if [ -n "$above" ]; then note "$folder/$above" merging; fi
qemu-img commit -q -d "$7"
sync -- "$folder/$into"
if [ -n "$above" ]; then
  qemu-img rebase -u -f qcow2 -F qcow2 -b "$folder/$into" "$folder/$above"
  sync -- "$folder/$above"
  note "$folder/$above" "$into $(facts "$folder/$into")"
elif [ "$into" = ${BASE} ]; then
  rm -f -- "$vm_dir/disk.$id.new"
  ln -P -- "$folder/${BASE}" "$vm_dir/disk.$id.new"
  mv -fT -- "$vm_dir/disk.$id.new" "$vm_dir/disk.$id"
  sync -- "$vm_dir"
  rm -rf --one-file-system -- "$vm_dir/disk.$id.snap"
  exit 0
else
  lead "$vm_dir/disk.$id" "disk.$id.snap/$into"
  sync -- "$vm_dir"
fi
rm -f -- "$folder/$overlay" "$folder/$overlay.below"
sync -- "$folder"
`;

/** $1 folder, $2 overlay, $3 what it lies on. Lines: what is noted, what is there now. */
export const NOTE_SCRIPT = `
set -eu
cat -- "$1/$2.below" 2>/dev/null || echo
echo "$3 $(stat -L -c '%.9Y %s' -- "$1/$3")"
`;

/** $1 folder, $2 overlay, $3 what it lies on now. */
export const SETTLE_NOTE_SCRIPT = `
set -eu
${LAYER_FUNCTIONS}
note "$1/$2" "$3 $(facts "$1/$3")"
`;

/** $1 folder, then the overlays in use: other overlays and notes there go. Only for a disk that nobody has open. */
export const SWEEP_SCRIPT = `
set -eu
cd -- "$1"; shift
for file in *; do
  keep=
  for name in ${BASE} "$@"; do case $file in "$name" | "$name.below") keep=yes ;; esac; done
  if [ -n "$keep" ]; then continue; fi
  case $file in [1-9]*.*.???????? | *.below | *.below.tmp) rm -f -- "$file" ;; esac
done
`;

/**
 * $1 vm_dir, then disk ids, or nothing for all that have a folder of layers. First line: real paths of the folders of the
 * datastores as base64. Then a line a disk that has overlays: its id, and `link` when the disk itself is elsewhere and still there.
 */
export const FIND_SCRIPT = `
set -eu
${LAYER_FUNCTIONS}
vm_dir=$1; shift
shopt -s nullglob
if [ ! -d "$vm_dir" ]; then exit 0; fi
echo "$(realpath -z -- "$vm_dir/../.." "$vm_dir/../.."/[0-9]*/ | base64 -w0)"
if [ $# = 0 ]; then for folder in "$vm_dir"/disk.*.snap; do id=\${folder##*/disk.}; set -- "$@" "\${id%.snap}"; done; fi
for id in "$@"; do
  disk=$vm_dir/disk.$id
  case $id in *[!0-9]* | "") continue ;; esac
  if [ ! -d "$disk.snap" ]; then continue; fi
  if ! { [ -e "$disk" ] || [ -L "$disk" ]; }; then continue; fi
  leftovers "$disk" "$disk.snap"
  if [ -L "$disk" ] && [ -d "$disk.snap" ] && is_inside "$disk" "$disk.snap"; then
    if [ -L "$disk.snap/${BASE}" ] && [ -e "$disk.snap/${BASE}" ]; then echo "$id link"; else echo "$id file"; fi
  fi
done
`;
