/**
 * Snapshots of one disk: qcow2's own, inside the disk's file. One takes a moment and no copy, each holds the whole state
 * of the disk, so any of them can go without touching the others, and a link into another folder stays a link.
 *
 * Every action can be repeated. A dirty bitmap knows nothing of a revert: it would leave out what the revert changed, so
 * all bitmaps go first, and the next backup has to be a full one.
 */
import { z } from "zod";
import type { Machine } from "../../../lib/ssh";
import { type ActionInput, DriverError } from "../../action";
import { type DiskTarget, parseDiskTarget, parseId } from "./arguments";
import { onHost } from "./host";
import { foldOverlays } from "./overlay/fold";
import { diskIdOf, readTopLayer, type TopLayer } from "./top-layer";

/** Reference counts of the whole disk are written: minutes on a large and slow one. Never cut off in the middle. */
const SNAPSHOT_MS = 30 * 60_000;

const INFO_SCRIPT = `
set -eu -o pipefail
qemu-img info --output=json "$1" | base64 -w0
`;

/** $1 name for qemu, $2 file, $3 snapshot */
const CREATE_SCRIPT = `
set -eu
qemu-img snapshot -c "$3" "$1"
sync -- "$2"
`;
const DELETE_SCRIPT = `
set -eu
qemu-img snapshot -d "$3" "$1"
sync -- "$2"
`;
/** The rest: bitmaps to remove first. */
const REVERT_SCRIPT = `
set -eu
name=$1 file=$2 snapshot=$3; shift 3
for bitmap in "$@"; do qemu-img bitmap --remove "$name" "$bitmap"; done
sync -- "$file"
qemu-img snapshot -a "$snapshot" "$name"
sync -- "$file"
`;

const ImageInfo = z.object({
  snapshots: z.array(z.object({ name: z.string() })).default([]),
  "format-specific": z
    .object({ data: z.object({ bitmaps: z.array(z.object({ name: z.string() })).default([]) }) })
    .optional(),
});

export interface SnapshotArguments {
  target: DiskTarget;
  vmId: number;
  /** What the snapshot is called inside the file. */
  name: string;
}

/** `<host>:<vm_dir>/disk.<n> <snapshot id> <vm id> <ds id>` */
export function parseSnapshotArguments(argv: readonly string[]): SnapshotArguments {
  const vmId = parseId(argv[2], "VM id");
  return { target: parseDiskTarget(argv[0], vmId), vmId, name: `one-snap-${parseId(argv[1], "snapshot id")}` };
}

/** `snap_create`: the disk of a powered-off VM as it is now. One that is there is kept. */
export async function createSnapshot(input: ActionInput): Promise<string> {
  const { machine, top, snapshots, name } = await openDisk(input);
  if (snapshots.includes(name)) return "";
  const what = `take the snapshot of disk ${top.diskId}`;
  await onHost(machine, what, CREATE_SCRIPT, [top.name, top.file, name], { timeoutMs: SNAPSHOT_MS });
  return "";
}

/** `snap_delete`: missing is fine. */
export async function deleteSnapshot(input: ActionInput): Promise<string> {
  const { machine, top, snapshots, name } = await openDisk(input);
  if (!snapshots.includes(name)) return "";
  const what = `delete the snapshot of disk ${top.diskId}`;
  await onHost(machine, what, DELETE_SCRIPT, [top.name, top.file, name], { timeoutMs: SNAPSHOT_MS });
  return "";
}

/** `snap_revert`: the disk as it was then; what it was until now is lost. All its bitmaps go. */
export async function revertSnapshot(input: ActionInput): Promise<string> {
  const { machine, top, snapshots, bitmaps, name } = await openDisk(input);
  const { log } = input;
  if (!snapshots.includes(name)) throw new DriverError(`Disk ${top.diskId} has no snapshot ${name}.`);
  if (bitmaps.length > 0) {
    log.info(`Disk ${top.diskId} loses its records of changes, which know nothing of a revert: ${bitmaps.join(", ")}`);
  }
  const what = `put disk ${top.diskId} back to the snapshot`;
  const args = [top.name, top.file, name, ...bitmaps];
  await onHost(machine, what, REVERT_SCRIPT, args, { timeoutMs: SNAPSHOT_MS });
  return "";
}

interface OpenDisk {
  machine: Machine;
  top: TopLayer;
  snapshots: string[];
  bitmaps: string[];
  name: string;
}

async function openDisk({ argv, signal, log }: ActionInput): Promise<OpenDisk> {
  const { target, name } = parseSnapshotArguments(argv);
  const { machine } = target;
  await foldOverlays({ ...target, log, signal }, [diskIdOf(target)]);
  const top = await readTopLayer(target, signal);
  if (top.format !== "qcow2") {
    throw new DriverError(`Disk ${top.diskId} is not qcow2: only qcow2 disks have snapshots.`);
  }
  const options = { signal, maxOutputBytes: 4 * 1024 * 1024 };
  const encoded = await onHost(machine, `look at disk ${top.diskId}`, INFO_SCRIPT, [top.name], options);
  const info = ImageInfo.safeParse(parseJson(Buffer.from(encoded, "base64").toString("utf8")));
  if (!info.success) throw new DriverError(`qemu-img gave no description of disk ${top.diskId}.`);
  return {
    machine,
    top,
    name,
    snapshots: info.data.snapshots.map((snapshot) => snapshot.name),
    bitmaps: (info.data["format-specific"]?.data.bitmaps ?? []).map((bitmap) => bitmap.name),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
