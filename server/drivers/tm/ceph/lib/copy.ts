/**
 * The bytes of a backup, read from snapshots: the whole disk by qemu-img, an increment by what `rbd diff` names.
 *
 * `rbd export-diff` would give the same ranges with their bytes, but a range in Ceph begins and ends anywhere, and a
 * cluster of a stored increment has to be complete: what is around the range comes from the snapshot too. So the ranges
 * become a dirty bitmap, and the copy is the one that increments of disk files use.
 */
import { z } from "zod";
import type { Machine } from "../../../../lib/ssh";
import { DriverError, type DriverLog } from "../../../action";
import { RBD_FUNCTIONS, rbdName, rbdNode, wordsOf } from "../../../ceph/rbd";
import { GRANULARITY_BYTES } from "../../lib/bitmap";
import { copyDirty, withStorageDaemon } from "../../lib/block-copy";
import { stageWhole } from "../../lib/full";
import { onHost, onHostGuarded } from "../../lib/host";
import { incrementBytes } from "../../lib/increment";
import type { Space } from "../../lib/probe";
import { DiskProgress } from "../../lib/progress";
import type { Qmp } from "../../lib/qmp";
import { requireSpace } from "../../lib/space";
import type { RbdDisk } from "./disk";

const BITMAP = "changed";

const MEASURE_SCRIPT = `
set -eu
for name in "$@"; do qemu-img measure --output=json -O qcow2 "$name" | base64 -w0; echo; done
`;

/**
 * $1 user, $2 conf, $3 image, $4 snapshot of the parent, $5 of this increment, $6 virtual size, $7 file to make: a qcow2
 * disk without data, whose bitmap has the clusters that differ. One write to qemu-io is at most 1 GiB.
 */
const DIFF_SCRIPT = `${RBD_FUNCTIONS}
umask 077
qemu-img create -q -f qcow2 "$7" "$6"
qemu-img bitmap --add -g ${GRANULARITY_BYTES} "$7" ${BITMAP}
rbd_as "$1" "$2" diff --from-snap "$4" -- "$3@$5" | awk -v size="$6" -v g=${GRANULARITY_BYTES} '
  function flush(   at, n) {
    if (end > size) end = size
    for (at = start; at < end; at += n) {
      n = end - at; if (n > 1073741824) n = 1073741824
      printf "write -qz %.0f %.0f\\n", at, n
    }
  }
  $1 ~ /^[0-9]+$/ && $2 ~ /^[0-9]+$/ {
    from = $1 - $1 % g; to = $1 + $2; if (to % g) to += g - to % g
    if (from > end) { flush(); start = from }
    if (to > end) end = to
  }
  END { flush() }' | qemu-io -t writeback -f qcow2 "$7" >/dev/null
`;

const REMOVE_SCRIPT = `rm -f -- "$@"`;

const Measured = z.object({ required: z.number() });
const Nodes = z.array(
  z.object({
    "node-name": z.string().optional(),
    "dirty-bitmaps": z.array(z.object({ name: z.string().default(""), count: z.number() })).default([]),
  }),
);

export interface SnapshotCopy {
  machine: Machine;
  disks: readonly { disk: RbdDisk; virtualSize: number }[];
  /** Snapshot to read. */
  snapshot: string;
  space: Space;
  /** Where the staged file of a disk goes. */
  targetOf(diskId: number): string;
  log: DriverLog;
  signal: AbortSignal;
}

/** Stage all that the snapshots hold. */
export async function stageSnapshots(copy: SnapshotCopy): Promise<void> {
  const { machine, disks, snapshot, signal } = copy;
  const names = disks.map(({ disk }) => rbdName(disk.image, snapshot));
  const options = { signal, maxOutputBytes: 1024 * 1024 };
  const lines = (await onHostGuarded(machine, "measure the disks", MEASURE_SCRIPT, names, options)).split("\n");
  const bytes = disks.map(({ disk }, index) => {
    const measured = Measured.safeParse(decode(lines[index] ?? ""));
    if (!measured.success) throw new DriverError(`qemu-img gave no size of disk ${disk.diskId}.`);
    return measured.data.required;
  });
  requireSpace(
    bytes.reduce((sum, each) => sum + Math.ceil(each * 1.05), 0),
    copy.space,
    machine.host,
  );
  const progress = new DiskProgress(
    copy.log,
    disks.map(({ disk }, index) => [disk.diskId, bytes[index] ?? 0]),
  );
  for (const [index, { disk }] of disks.entries()) {
    const source = { diskId: disk.diskId, name: names[index] ?? "", bytes: bytes[index] ?? 0 };
    await stageWhole(machine, source, copy.targetOf(disk.diskId), progress, signal);
  }
}

/** Stage what changed since the snapshots of the parent. */
export async function stageDifferences(copy: SnapshotCopy, parent: string): Promise<void> {
  const { machine, disks, snapshot, signal } = copy;
  const scratchOf = (diskId: number) => `${copy.targetOf(diskId)}.changed`;
  for (const { disk, virtualSize } of disks) {
    const args = [...wordsOf(disk.image), parent, snapshot, String(virtualSize), scratchOf(disk.diskId)];
    await onHostGuarded(machine, `list the changes of disk ${disk.diskId}`, DIFF_SCRIPT, args, { signal });
  }
  const nodes = disks.flatMap(({ disk }, index) => [
    rbdNode(disk.image, snapshot, `src${index}`),
    scratchNode(scratchOf(disk.diskId), `scratch${index}`),
  ]);
  await withStorageDaemon(machine, nodes, signal, async (qmp) => {
    const dirty = await takeBitmaps(qmp, disks.length);
    requireSpace(incrementBytes(dirty), copy.space, machine.host);
    const progress = new DiskProgress(
      copy.log,
      disks.map(({ disk }, index) => [disk.diskId, dirty[index] ?? 0]),
    );
    for (const [index, { disk, virtualSize }] of disks.entries()) {
      await copyDirty(qmp, {
        machine,
        diskId: disk.diskId,
        parts: [{ device: `src${index}`, bitmap: BITMAP }],
        virtualSize,
        filename: copy.targetOf(disk.diskId),
        // Ceph knows holes by whole objects only.
        detectZeroes: true,
        progress,
        signal,
      });
    }
  });
  const scratches = disks.map(({ disk }) => scratchOf(disk.diskId));
  await onHost(machine, "remove the lists of changes", REMOVE_SCRIPT, scratches, { signal });
}

function scratchNode(filename: string, nodeName: string): object {
  const file = { driver: "file", filename, "read-only": true };
  return { driver: "qcow2", "node-name": nodeName, "read-only": true, backing: null, file };
}

/** The bitmap of each scratch disk on its source; the bytes that each names. */
async function takeBitmaps(qmp: Qmp, count: number): Promise<number[]> {
  for (let index = 0; index < count; index += 1) {
    const node = `src${index}`;
    await qmp.execute("block-dirty-bitmap-add", { node, name: BITMAP, granularity: GRANULARITY_BYTES });
    const bitmaps = [{ node: `scratch${index}`, name: BITMAP }];
    await qmp.execute("block-dirty-bitmap-merge", { node, target: BITMAP, bitmaps });
  }
  const nodes = Nodes.parse(await qmp.execute("query-named-block-nodes", { flat: true }));
  return Array.from({ length: count }, (_, index) => {
    const node = nodes.find((each) => each["node-name"] === `src${index}`);
    return node?.["dirty-bitmaps"].find((bitmap) => bitmap.name === BITMAP)?.count ?? 0;
  });
}

function decode(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
}
