/**
 * The increment of powered-off disks: what a dirty bitmap names, copied by one qemu-storage-daemon driven over QMP.
 *
 * Sources are opened read-only: killed with a source open for writing, the daemon would leave every bitmap "in use" and
 * the next backup had to be a full. Ranges that were zeroed or discarded become explicit zero clusters, so that the
 * increment hides the parent's old data once it is stacked on it. The staged file has no backing file.
 */
import { z } from "zod";
import { systemClock } from "../../../lib/clock";
import { start } from "../../../lib/process";
import { guardedScriptOn, type Machine } from "../../../lib/ssh";
import { DriverError, type DriverLog } from "../../action";
import { LONG_WORK_MS } from "../../remote";
import { noSpaceReason, reasonFor } from "./host";
import type { Space } from "./probe";
import { DiskProgress } from "./progress";
import { connectQmp, type Qmp } from "./qmp";
import { readNode, type Source } from "./source";
import { requireSpace } from "./space";

/** No increment can be taken of these disks; the text says why. The caller reports it as a chain reset. */
export class NoIncrement extends Error {
  override readonly name = "NoIncrement";
}

const DAEMON_SCRIPT = `
umask 077
exec qemu-storage-daemon "$@"
`;
const POLL_MS = 250;
/** In flight at a time; 1 takes up to twice as long. */
const MAX_WORKERS = 64;
/** A reply describes every node with all its bitmaps. */
const MAX_REPLY_CHARS = 8 * 1024 * 1024;

const Bitmap = z.object({ name: z.string().default(""), count: z.number(), inconsistent: z.boolean().default(false) });
const Nodes = z.array(z.object({ "node-name": z.string().optional(), "dirty-bitmaps": z.array(Bitmap).default([]) }));
const Jobs = z.array(
  z.object({ id: z.string(), "current-progress": z.number(), status: z.string(), error: z.string().optional() }),
);

export interface IncrementRequest {
  machine: Machine;
  sources: readonly Source[];
  /** Bitmap of the parent increment. */
  bitmap: string;
  /** Mark of the parent's backup, which must be there as well; null: the core does not say. */
  mark: string | null;
  space: Space;
  /** Where the staged file of a disk goes. */
  targetOf(diskId: number): string;
  log: DriverLog;
  signal: AbortSignal;
}

/**
 * Stage the increments of all disks; resolves with the bitmap names of each disk, in order of the sources.
 * Throws NoIncrement when a bitmap or mark is missing or broken, DriverError when space is short or the copy fails.
 */
export async function stageIncrements(request: IncrementRequest): Promise<string[][]> {
  const { machine, sources, signal } = request;
  const nodes = sources.flatMap((source, index) => ["--blockdev", JSON.stringify(readNode(source, `src${index}`))]);
  const args = ["--chardev", "stdio,id=qmp", "--monitor", "chardev=qmp", ...nodes];
  const daemon = start(guardedScriptOn(machine, DAEMON_SCRIPT, args), {
    signal,
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
    maxLineChars: MAX_REPLY_CHARS,
  });
  try {
    const qmp = connectQmp(daemon, (result) => reasonFor(result, machine, "copy the changed blocks of the disks"));
    await qmp.execute("qmp_capabilities");
    const bitmaps = await readBitmaps(qmp, sources, request);
    const dirty = bitmaps.map((each) => each.dirty);
    const needed = dirty.reduce((sum, bytes) => sum + Math.ceil(bytes * 1.1) + 4 * 1024 * 1024, 0);
    requireSpace(needed, request.space, machine.host);
    const progress = new DiskProgress(
      request.log,
      sources.map((source, index) => [source.diskId, dirty[index] ?? 0]),
    );
    for (const [index, source] of sources.entries()) await copyDisk(qmp, request, source, index, progress);
    await qmp.execute("quit");
    return bitmaps.map((each) => each.names);
  } finally {
    // Told twice does no harm; a remote one also ends with its stdin.
    daemon.write(`${JSON.stringify({ execute: "quit" })}\n`);
    daemon.end();
    await daemon.done;
  }
}

async function readBitmaps(
  qmp: Qmp,
  sources: readonly Source[],
  { bitmap, mark }: Pick<IncrementRequest, "bitmap" | "mark">,
): Promise<{ dirty: number; names: string[] }[]> {
  const nodes = Nodes.parse(await qmp.execute("query-named-block-nodes", { flat: true }));
  return sources.map((source, index) => {
    const found = nodes.find((node) => node["node-name"] === `src${index}`)?.["dirty-bitmaps"] ?? [];
    const parent = found.find((each) => each.name === bitmap);
    if (parent === undefined) throw new NoIncrement(`bitmap ${bitmap} of disk ${source.diskId} is missing`);
    if (parent.inconsistent) {
      throw new NoIncrement(`bitmap ${bitmap} of disk ${source.diskId} is broken: the VM or its host ended hard`);
    }
    if (mark !== null && !found.some((each) => each.name === mark && !each.inconsistent)) {
      throw new NoIncrement(
        `disk ${source.diskId} does not carry the mark of the last backup: it was replaced or restored from elsewhere`,
      );
    }
    return { dirty: parent.count, names: found.map((each) => each.name) };
  });
}

async function copyDisk(
  qmp: Qmp,
  { machine, bitmap, targetOf, signal }: IncrementRequest,
  source: Source,
  index: number,
  progress: DiskProgress,
): Promise<void> {
  const what = `copy the changed blocks of disk ${source.diskId}`;
  const filename = targetOf(source.diskId);
  const [file, target, device] = [`file${index}`, `target${index}`, `src${index}`];
  const runJob = (id: string, command: string, args: object) => finishJob(qmp, machine, what, id, command, args);

  await runJob(`new-${file}`, "blockdev-create", { options: { driver: "file", filename, size: 0 } });
  await qmp.execute("blockdev-add", { driver: "file", "node-name": file, filename, discard: "unmap" });
  const options = { driver: "qcow2", file, size: source.virtualSize, version: "v3" };
  await runJob(`new-${target}`, "blockdev-create", { options });
  await qmp.execute("blockdev-add", { driver: "qcow2", "node-name": target, file, backing: null, discard: "unmap" });

  const copied = new AbortController();
  const watching = watchJob(qmp, "copy", AbortSignal.any([signal, copied.signal]), (done) =>
    progress.update(source.diskId, done),
  );
  try {
    await runJob(`copy-${index}`, "blockdev-backup", {
      device,
      target,
      sync: "bitmap",
      bitmap,
      "bitmap-mode": "never",
      "auto-dismiss": false,
      "x-perf": { "max-workers": MAX_WORKERS },
    });
  } finally {
    copied.abort();
    await watching;
  }
  progress.finish(source.diskId);
  // Closing the target writes its tables; an error of that shows here and in the exit code.
  await qmp.execute("blockdev-del", { "node-name": target });
  await qmp.execute("blockdev-del", { "node-name": file });
}

/** Start a job and wait for its end. Throws DriverError when it failed. */
async function finishJob(
  qmp: Qmp,
  machine: Machine,
  what: string,
  jobId: string,
  command: string,
  args: object,
): Promise<void> {
  const concluded = qmp.concluded(jobId);
  // When the command itself is refused nobody would await this one.
  concluded.catch(() => undefined);
  await qmp.execute(command, { "job-id": jobId, ...args });
  await concluded;
  const job = Jobs.parse(await qmp.execute("query-jobs")).find((each) => each.id === jobId);
  await qmp.execute("job-dismiss", { id: jobId });
  if (job?.error === undefined) return;
  throw new DriverError(noSpaceReason(job.error, machine, what) ?? `Could not ${what}: ${job.error}`);
}

/** Ask for the bytes done until told to stop; an answer that never comes is the copy's problem, not ours. */
async function watchJob(qmp: Qmp, prefix: string, signal: AbortSignal, onDone: (bytes: number) => void): Promise<void> {
  while (!signal.aborted) {
    await systemClock.sleep(POLL_MS, signal);
    if (signal.aborted) return;
    try {
      const job = Jobs.parse(await qmp.execute("query-jobs")).find((each) => each.id.startsWith(prefix));
      if (job !== undefined) onDone(job["current-progress"]);
    } catch {
      return;
    }
  }
}
