/**
 * The swap of restored disks on a host, as fixed scripts. What is on disk says how far it got, so any of them can be killed
 * anywhere, and the next one carries it on or takes it back:
 *
 * - `<disk>.strata-new`: a restored disk, not used yet. Partial files have a further ending.
 * - `restore.swap`: every new disk is complete; the swap has begun and will go forward.
 * - `<disk>.strata-old`: a second name of the disk that is being replaced.
 * - `restore.undo`: the swap is being taken back. It never goes forward again.
 * - `restored`: all disks are swapped; from here on only old ones are removed. It stays, and names the restore.
 *
 * Journals hold the id of the restore, then one disk id a line.
 */

/**
 * $1 vm_dir, $2 id of the restore. A disk that is a link is replaced where it points to (a registered file, a persistent
 * image), but a link into its own snapshot folder is replaced itself, and that folder goes with the snapshots in it.
 * One script at a time: a cut connection may leave one running. `readlink` may print a newline of the name itself.
 */
const COMMON = `
set -eu
umask 077
vm_dir=$1 restore_id=$2; shift 2
if [ ! -d "$vm_dir" ]; then echo "There is no folder $vm_dir." >&2; exit 1; fi
exec 9<"$vm_dir"
flock -w 60 9
swap=$vm_dir/restore.swap undo=$vm_dir/restore.undo restored=$vm_dir/restored

target_of() {
  target=$vm_dir/disk.$1
  if [ ! -L "$target" ]; then return 0; fi
  local real folder
  real=$(readlink -f -- "$target" && echo x) || { echo "The link $target leads nowhere." >&2; exit 1; }
  real=\${real%??}
  folder=$(readlink -f -- "$vm_dir" && echo x)
  case $real in "\${folder%??}/disk.$1.snap/"*) ;; *) target=$real ;; esac
}
folder_of() { folder=\${1%/*}; }
id_in() { head -n 1 -- "$1"; }
disks_in() { tail -n +2 -- "$1"; }
remove_new() { rm -f -- "$1.strata-new" "$1.strata-new.part" "$1.strata-new.tmp"; }

finish() {
  local id ids
  ids=$(disks_in "$restored") || exit 1
  for id in $ids; do
    target_of "$id"
    rm -f -- "$target.strata-old"
    remove_new "$target"
    if [ ! -L "$vm_dir/disk.$id" ]; then rm -rf --one-file-system -- "$vm_dir/disk.$id.snap"; fi
  done
}
forward() {
  local id ids
  ids=$(disks_in "$swap") || exit 1
  for id in $ids; do
    target_of "$id"; folder_of "$target"
    if [ -e "$target.strata-new" ]; then
      if [ -e "$target" ] || [ -L "$target" ]; then
        if [ ! -e "$target.strata-old" ] && [ ! -L "$target.strata-old" ]; then ln -P -- "$target" "$target.strata-old"; fi
      fi
      mv -fT -- "$target.strata-new" "$target"
      sync -- "$folder"
    fi
  done
  mv -fT -- "$swap" "$restored"
  sync -- "$vm_dir"
  finish
}
back() {
  local id ids
  ids=$(disks_in "$undo") || exit 1
  for id in $ids; do
    target_of "$id"; folder_of "$target"
    if [ -e "$target.strata-new" ]; then
      rm -f -- "$target.strata-old"
    elif [ -e "$target.strata-old" ] || [ -L "$target.strata-old" ]; then
      mv -fT -- "$target.strata-old" "$target"
    fi
    remove_new "$target"
    sync -- "$folder"
  done
  rm -f -- "$undo"
  sync -- "$vm_dir"
}
take_back() { mv -fT -- "$swap" "$undo"; sync -- "$vm_dir"; back; }
`;

/**
 * Settle what an earlier run has left, then look at the disks, whose ids follow. First line: `restored` when this very
 * restore has been carried out, else `ready`; then a line a disk: real path in base64, device, bytes that are free there.
 */
export const PREPARE_SCRIPT = `${COMMON}
rm -f -- "$swap.tmp"
if [ -e "$undo" ]; then back; fi
if [ -e "$swap" ]; then if [ "$(id_in "$swap")" = "$restore_id" ]; then forward; else take_back; fi; fi
if [ -e "$restored" ]; then
  finish
  if [ "$(id_in "$restored")" = "$restore_id" ]; then echo restored; exit 0; fi
fi
echo ready
for id in "$@"; do
  target_of "$id"; folder_of "$target"
  if [ -e "$target" ] && [ ! -f "$target" ]; then echo "$target is not a regular file." >&2; exit 1; fi
  remove_new "$target"
  echo "$(printf '%s\\0' "$target" | base64 -w0) $(stat -c %d -- "$folder") $(df -B1 --output=avail -- "$folder" | tail -n 1)"
done
`;

/**
 * Swap: every new disk gets owner and mode of the one it replaces, and all of them are on stable storage before the first
 * is moved. A disk that another program has open is not replaced: that program would go on writing to the old one.
 */
export const SWAP_SCRIPT = `${COMMON}
for id in "$@"; do
  target_of "$id"
  if [ ! -f "$target.strata-new" ]; then echo "The restored disk $id is not there." >&2; exit 1; fi
  if [ -f "$target" ]; then
    real=$(readlink -f -- "$target" && echo x)
    qemu-io -f raw -c quit -- "\${real%??}" >&2
    chown --reference="$target" -- "$target.strata-new"
    chmod --reference="$target" -- "$target.strata-new"
  fi
  sync -- "$target.strata-new"
done
{ echo "$restore_id"; for id in "$@"; do echo "$id"; done; } >"$swap.tmp"
sync -- "$swap.tmp"
mv -fT -- "$swap.tmp" "$swap"
sync -- "$vm_dir"
forward
`;

/**
 * After a restore that did not end well: `restored` when its disks are in use, else everything is taken back and the new
 * disks removed: `unchanged`. Disk ids follow.
 */
export const SETTLE_SCRIPT = `${COMMON}
rm -f -- "$swap.tmp"
if [ -e "$undo" ]; then back; fi
if [ -e "$swap" ]; then take_back; fi
if [ -e "$restored" ] && [ "$(id_in "$restored")" = "$restore_id" ]; then finish; echo restored; exit 0; fi
for id in "$@"; do target_of "$id"; remove_new "$target"; done
echo unchanged
`;
