import type { Machine } from "../../../lib/ssh";
import type { DriverLog } from "../../action";
import { DIRECT_FUNCTION } from "../../direct";
import { FLUSH_FUNCTION } from "../../flush";
import { onHostGuarded } from "./host";
import type { Space } from "./probe";
import { DiskProgress } from "./progress";
import { readName, type Source } from "./source";
import { requireSpace } from "./space";

/**
 * In order and without -W: as fast, and the same disk gives the same file, which deduplication lives on. Without -U:
 * the image lock makes a VM that is started meanwhile fail instead of spoiling the copy. What ends the script ends
 * qemu-img: a signal to their group, and the kernel when the script is killed alone.
 */
const CONVERT_SCRIPT = `
umask 077
${FLUSH_FUNCTION}${DIRECT_FUNCTION}
cache=()
if takes_direct "$2"; then cache=(-t none); fi
exec 5> >(flush "$2" >/dev/null)
flushing=$!
setpriv --pdeathsig KILL -- qemu-img convert -p -m 8 "\${cache[@]}" -O qcow2 "$1" "$2" 5>&- || exit
exec 5>&-
wait "$flushing"
`;

/** Upper bound of the space a full copy takes, bytes. */
export function fullBytes(source: Source): number {
  return Math.ceil(source.allocated * 1.05) + 4 * 1024 * 1024;
}

export interface FullCopy {
  machine: Machine;
  sources: readonly Source[];
  space: Space;
  /** Where the staged file of a disk goes. */
  targetOf(diskId: number): string;
  log: DriverLog;
  signal: AbortSignal;
}

/** Copy disks whole. Throws DriverError when space is short or a copy fails. */
export async function stageFulls({ machine, sources, space, targetOf, log, signal }: FullCopy): Promise<void> {
  requireSpace(
    sources.reduce((sum, source) => sum + fullBytes(source), 0),
    space,
    machine.host,
  );
  const progress = new DiskProgress(
    log,
    sources.map((source) => [source.diskId, source.allocated]),
  );
  for (const source of sources) await stageFull(machine, source, targetOf(source.diskId), progress, signal);
}

/** Copy everything the guest sees of a powered-off disk to `target` on the host, as qcow2 without backing file. */
export async function stageFull(
  machine: Machine,
  source: Source,
  target: string,
  progress: DiskProgress,
  signal: AbortSignal,
): Promise<void> {
  await stageWhole(
    machine,
    { diskId: source.diskId, name: readName(source), bytes: source.allocated },
    target,
    progress,
    signal,
  );
}

/**
 * The same for anything that qemu-img can open.
 * @param source `bytes`: what counts as all of it for the progress
 */
export async function stageWhole(
  machine: Machine,
  source: { diskId: number; name: string; bytes: number },
  target: string,
  progress: DiskProgress,
  signal: AbortSignal,
): Promise<void> {
  await onHostGuarded(machine, `copy disk ${source.diskId}`, CONVERT_SCRIPT, [source.name, target], {
    signal,
    maxOutputBytes: 4096,
    onStdoutLine: (line) => {
      const percent = /\(\s*(\d+(?:\.\d+)?)\/100%\)/.exec(line)?.[1];
      if (percent !== undefined) progress.update(source.diskId, Math.floor((Number(percent) / 100) * source.bytes));
    },
  });
  progress.finish(source.diskId);
}
