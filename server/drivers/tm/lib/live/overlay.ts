/**
 * INCREMENT_MODE SNAPSHOT of a running VM. One external snapshot of libvirt puts a new overlay on every disk at one instant;
 * what lies below nobody writes to any more, and is copied from there.
 *
 * The guest's own layer is never merged away: after such a merge it would write to the file below, while `disk.<n>` may
 * still lead to the old one, and a crash between the two would lose what it wrote. Only layers below its own are merged
 * (block commit in the middle), and it goes on writing to the newest. For the same reason `disk.<n>` leads to the new overlay
 * before the snapshot is taken: empty, on the layer that the guest writes to, it reads the same.
 *
 * QEMU opens files again by the names it knows. So a disk that it has open under another name than that of an overlay gets
 * its first overlay when the VM is started (../overlay/start.ts), not while it runs.
 */
import path from "node:path";
import { tag } from "../../../../domain/libvirt/markup";
import { DriverError } from "../../../action";
import { LONG_WORK_MS } from "../../../remote";
import { lookUpActive } from "../../../vmm/lib/domain";
import type { DomainDisk } from "../../../vmm/lib/domain-info";
import { onHypervisor } from "../../../vmm/lib/virsh";
import { FREEZE_FUNCTIONS, type FreezeMethod } from "../freeze";
import { type Ground, readDisk, refuseSnapshots } from "../overlay/fold";
import { LAYER_FUNCTIONS } from "../overlay/scripts";
import { type Label, type Merge, newOverlayName, type Stack, stackOf } from "../overlay/stack";
import type { Source } from "../source";
import type { LiveVm } from "./recover";

/** The guest may be frozen meanwhile: longer than this is a hang, seconds. */
const SNAPSHOT_S = 30;
/** What libvirt was told by somebody who was killed may still be on its way; it gives up sooner than this, seconds. */
const UNUSED_S = 60;

/** $1 domain, $2 target. Waits until nothing is merged there any more. */
const WAIT_SCRIPT = `
while :; do
  said=$(vir blockjob --domain "$1" --path "$2" --info)
  case $said in
    *"No current block job"* | "") exit 0 ;;
    *Active*) printf 'error: %s of %s is merged by another program: %s\n' "$2" "$1" "$said" >&2; exit 1 ;;
    *"Block Commit"*) sleep 0.5 ;;
    *) printf 'error: another block job runs on %s of %s: %s\\n' "$2" "$1" "$said" >&2; exit 1 ;;
  esac
done
`;

/** $1 domain, $2 vm_dir, $3 disk id, $4 folder, $5 the layer that QEMU writes to, then overlays that it does not use. */
const DROP_SCRIPT = `
${LAYER_FUNCTIONS}
domain=$1 vm_dir=$2 id=$3 folder=$4 used=$5; shift 5
lock "$vm_dir"
case "$(vir domjobinfo --domain "$domain" --rawstats)" in
  *"Job type: 0"* | *"Job type:"*None*) ;;
  *) echo "error: libvirt has not ended another job on the guest $domain; try again in a minute" >&2; exit 1 ;;
esac
for name in "$@"; do
  if [ "$(($(date +%s) - $(stat -c %Y -- "$folder/$name")))" -lt ${UNUSED_S} ]; then
    echo "error: a backup of the guest $domain was broken off a moment ago; try again in a minute" >&2
    exit 1
  fi
done
lead "$vm_dir/disk.$id" "disk.$id.snap/$used"
sync -- "$vm_dir"
for name in "$@"; do rm -f -- "$folder/$name" "$folder/$name.below"; done
`;

/** $1 domain, $2 target, $3 vm_dir, $4 folder, $5 overlay, $6 into, $7 overlay above. */
const COMMIT_SCRIPT = `
${LAYER_FUNCTIONS}
domain=$1 target=$2 vm_dir=$3 folder=$4 overlay=$5 into=$6 above=$7
lock "$vm_dir"
note "$folder/$above" merging
vir blockcommit --domain "$domain" --path "$target" --base "$folder/$into" --top "$folder/$overlay" --wait >/dev/null
`;

/** $1 folder, $2 overlay, $3 into, $4 overlay above. QEMU uses the overlay no more. */
const COMMITTED_SCRIPT = `
${LAYER_FUNCTIONS}
note "$1/$4" "$3 $(facts "$1/$3")"
rm -f -- "$1/$2" "$1/$2.below"
sync -- "$1"
`;

/**
 * $1 vm_dir, $2 domain, $3 freeze method, $4 snapshot document, then groups of: disk id, new overlay, bytes, the layer that
 * QEMU writes to. Prints how long the guest was stopped, ms.
 */
const BEGIN_SCRIPT = `
${FREEZE_FUNCTIONS}
${LAYER_FUNCTIONS}
vm_dir=$1 domain=$2 method=$3 snapshot=$4; shift 4
export LIBVIRT_DEFAULT_URI=\${uri}
groups=("$@")
lock "$vm_dir"
file=$(mktemp)
trap 'rm -f -- "$file"' EXIT
printf '%s' "$snapshot" >"$file"
if [ "$(state_of "$domain")" != running ]; then echo "error: the guest $domain is not running" >&2; exit 1; fi
while [ $# -gt 0 ]; do
  begin_layer "$vm_dir" "$1" "$2" "$3"
  if [ "$lower" != "$4" ]; then echo "error: $vm_dir/disk.$1 was changed meanwhile" >&2; exit 1; fi
  sync -- "$folder/$2" "$folder"
  lead "$vm_dir/disk.$1" "disk.$1.snap/$2"
  shift 4
done
sync -- "$vm_dir"
freeze "$method" "$domain"
code=0
timeout ${SNAPSHOT_S} virsh -q -c "$uri" snapshot-create --domain "$domain" --xmlfile "$file" --disk-only --atomic --reuse-external --no-metadata >/dev/null || code=$?
thaw
set -- "\${groups[@]}"
if [ "$code" != 0 ]; then
  used=$(vir domblklist --domain "$domain" --details 2>/dev/null || :)
  while [ $# -gt 0 ] && [ "$code" != 124 ] && [ -n "$used" ]; do
    case $used in
      *"/disk.$1.snap/$2"*) ;;
      *"/disk.$1.snap/$4"*)
        lead "$vm_dir/disk.$1" "disk.$1.snap/$4"
        rm -f -- "$vm_dir/disk.$1.snap/$2" ;;
    esac
    shift 4
  done
  echo "error: libvirt could not put overlays on the disks of $domain" >&2
  exit 1
fi
while [ $# -gt 0 ]; do
  folder=$vm_dir/disk.$1.snap
  note "$folder/$2" "$4 $(facts "$folder/$4")"
  shift 4
done
echo "$frozen_ms"
`;

export interface OverlaidDisk {
  source: Source;
  stack: Stack;
  /** `vda` */
  target: string;
}

/**
 * The disks in the running domain, each with the overlay that `disk.<n>` leads to as the one the guest writes to. Merges that
 * are under way are awaited, and overlays that a broken backup has left unused are removed.
 * @returns null when the guest writes to one of the disks under another name
 * @throws DriverError when libvirt does not answer
 */
export async function readOverlaid(
  ground: Ground,
  { at, domain }: LiveVm,
  sources: readonly Source[],
): Promise<OverlaidDisk[] | null> {
  const { signal } = ground;
  const { disks } = await lookUpActive(at, domain, signal);
  const found: OverlaidDisk[] = [];
  for (const source of sources) {
    const device = deviceOf(source, disks);
    if (device === null) return null;
    const { target, position } = device;
    const what = `wait for the merge of ${target} of ${domain}`;
    await onHypervisor(at, what, WAIT_SCRIPT, [domain, target], { signal, timeoutMs: LONG_WORK_MS });
    const stack = stackOf(source);
    if (stack !== null && position > 0) {
      const names = stack.overlays.map(({ name }) => name);
      const words = [domain, ground.vmDir, String(source.diskId), stack.folder, ...names.slice(position, position + 1)];
      const drop = [...words, ...names.slice(0, position)];
      await onHypervisor(at, `put disk ${source.diskId} right`, DROP_SCRIPT, drop, { signal });
    }
    const now = await readDisk(ground, source.diskId);
    const settled = stackOf(now);
    if (settled === null) return null;
    found.push({ source: now, stack: settled, target });
  }
  return found;
}

/** Which device has one of the overlays of a disk open, and which one, newest first. */
function deviceOf(source: Source, devices: readonly DomainDisk[]): { target: string; position: number } | null {
  const stack = stackOf(source);
  if (stack === null || !stack.hasBase) return null;
  const files = stack.overlays.map(({ name }) => path.join(stack.folder, name));
  const device = devices.find(({ source: file }) => files.includes(file));
  return device === undefined ? null : { target: device.target, position: files.indexOf(device.source) };
}

/** Merge one layer below the guest's own, by QEMU. */
export async function mergeLive(
  ground: Ground,
  { at, domain }: LiveVm,
  target: string,
  stack: Stack,
  merge: Merge,
): Promise<void> {
  const { signal, vmDir } = ground;
  if (merge.above === null) throw new DriverError(`The guest writes to the overlay of ${target}: it cannot be merged.`);
  refuseSnapshots(stack, merge);
  const words = [domain, target, vmDir, stack.folder, merge.overlay, merge.into, merge.above];
  const what = `merge an overlay of ${target} of ${domain}`;
  await onHypervisor(at, what, COMMIT_SCRIPT, words, { signal, timeoutMs: LONG_WORK_MS });
  const now = stackOf(await readDisk(ground, stack.diskId));
  const names = now === null ? [] : now.overlays.map(({ name }) => name);
  const above = names.indexOf(merge.above);
  const below = now?.hasBase === true && above === names.length - 1 ? "0" : names[above + 1];
  if (above < 0 || below !== merge.into) {
    throw new DriverError(`libvirt has merged an overlay of ${target} of ${domain}, but QEMU's files do not say so.`);
  }
  const done = [stack.folder, merge.overlay, merge.into, merge.above];
  await onHypervisor(at, what, COMMITTED_SCRIPT, done, { signal });
}

/**
 * Put a new overlay on every disk, at one instant.
 * @returns how long the guest was stopped, ms; null when it was not
 */
export async function beginLive(
  { vmDir, signal }: Ground,
  { at, domain }: LiveVm,
  disks: readonly OverlaidDisk[],
  label: Label,
  method: FreezeMethod,
): Promise<number | null> {
  const begun = disks.map((disk) => ({ ...disk, name: newOverlayName(label) }));
  const { disks: all } = await lookUpActive(at, domain, signal);
  const elements = all.map(({ target }) => {
    const disk = begun.find((each) => each.target === target);
    if (disk === undefined) return tag("disk", { name: target, snapshot: "no" });
    const file = path.join(disk.stack.folder, disk.name);
    const content = [tag("driver", { type: "qcow2" }), tag("source", { file })];
    return tag("disk", { name: target, snapshot: "external", type: "file" }, content);
  });
  const document = tag("domainsnapshot", {}, [tag("disks", {}, elements)]).xml;
  const words = begun.flatMap(({ source, stack, name }) => {
    return [String(source.diskId), name, String(source.virtualSize), stack.overlays[0]?.name ?? ""];
  });
  const args = [vmDir, domain, method, document, ...words];
  const output = await onHypervisor(at, `begin the backup of ${domain}`, BEGIN_SCRIPT, args, { signal });
  return method === "NONE" ? null : Number(output.trim());
}
