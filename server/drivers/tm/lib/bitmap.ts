/** Persistent dirty bitmaps of powered-off disks. */
import { z } from "zod";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { onHost } from "./host";
import { type Source, topName } from "./source";

/** A mark holds nothing: the coarsest there is takes the least space. */
export const MARK_GRANULARITY_BYTES = 1024 * 1024 * 1024;

/** As the reference: small enough for scattered writes, and the cluster size of an increment. */
export const GRANULARITY_BYTES = 65_536;

const INFO_SCRIPT = `
set -eu -o pipefail
for name in "$@"; do qemu-img info --output=json "$name" | base64 -w0; echo; done
`;

/** Groups of: name for qemu, real path, time of last modification, bitmap to add, mark or empty, how many to remove, their names. */
const ROTATE_SCRIPT = `
set -eu
check() {
  while [ $# -gt 0 ]; do
    if [ "$(stat -c %.9Y -- "$2")" != "$3" ]; then
      echo "$2 was written to while it was backed up. Keep the VM powered off and try again." >&2
      exit 1
    fi
    shift $((6 + $6))
  done
}
check "$@"
while [ $# -gt 0 ]; do
  name=$1 real=$2 add=$4 mark=$5 count=$6; shift 6
  while [ "$count" -gt 0 ]; do qemu-img bitmap --remove "$name" "$1"; shift; count=$((count - 1)); done
  qemu-img bitmap --add -g ${GRANULARITY_BYTES} "$name" "$add"
  if [ -n "$mark" ]; then qemu-img bitmap --add --disable -g ${MARK_GRANULARITY_BYTES} "$name" "$mark"; fi
  sync -- "$real"
done
`;

const ImageInfo = z.object({
  "format-specific": z
    .object({ data: z.object({ bitmaps: z.array(z.object({ name: z.string() })).optional() }) })
    .optional(),
});

/** Names of the bitmaps in the top layer of each source, in order. Sources must be qcow2. */
export async function listBitmaps(
  machine: Machine,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<string[][]> {
  if (sources.length === 0) return [];
  const options = { signal, maxOutputBytes: 4 * 1024 * 1024 };
  const output = await onHost(machine, "list the bitmaps of the disks", INFO_SCRIPT, sources.map(topName), options);
  const lines = output.trim().split("\n");
  return sources.map((source, index) => {
    const info = ImageInfo.safeParse(parseInfo(lines[index] ?? ""));
    if (!info.success) throw new DriverError(`qemu-img gave no description of disk ${source.diskId}.`);
    return (info.data["format-specific"]?.data.bitmaps ?? []).map((bitmap) => bitmap.name);
  });
}

function parseInfo(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
}

export interface Rotation {
  source: Source;
  remove: readonly string[];
  add: string;
  /** Null: the core does not say which backup this is. */
  mark: string | null;
}

/**
 * Remove and add bitmaps and marks. Fails before changing anything when a disk was written to since it was probed.
 * Interrupted in the middle, some disks have the new ones and all still have the parent's: a repeated pre-backup puts that
 * right. A mark never stands beside an older bitmap: it is removed before its bitmap and added after it.
 *
 * A cancellation before it begins is heeded, one during it waits for its end: a qemu-img that is killed while it writes
 * leaves every bitmap of the disk "in use", and the next increment would be a full one.
 */
export async function rotateBitmaps(
  machine: Machine,
  rotations: readonly Rotation[],
  signal: AbortSignal,
): Promise<void> {
  if (rotations.length === 0) return;
  const args = rotations.flatMap(({ source, remove, add, mark }) => [
    topName(source),
    source.layers[0]?.file ?? "",
    source.modified,
    add,
    mark ?? "",
    String(remove.length),
    ...marksFirst(remove),
  ]);
  signal.throwIfAborted();
  await onHost(machine, "record the start of the next increment in the disks", ROTATE_SCRIPT, args);
  signal.throwIfAborted();
}

function marksFirst(names: readonly string[]): string[] {
  const isMark = (name: string) => name.includes(".");
  return [...names.filter(isMark), ...names.filter((name) => !isMark(name))];
}
