/**
 * Copying what a dirty bitmap names into a new qcow2 file, by one qemu-storage-daemon driven over QMP: one process for
 * all disks, no sockets, real progress and real errors.
 */
import { z } from "zod";
import { systemClock } from "../../../lib/clock";
import { start } from "../../../lib/process";
import { guardedScriptOn, type Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { LONG_WORK_MS } from "../../remote";
import { noSpaceReason, reasonFor } from "./host";
import type { DiskProgress } from "./progress";
import { connectQmp, type Qmp } from "./qmp";

const DAEMON_SCRIPT = `
umask 077
exec qemu-storage-daemon "$@"
`;
const POLL_MS = 250;
/** In flight at a time; 1 takes up to twice as long. */
const MAX_WORKERS = 64;
/** A reply describes every node with all its bitmaps. */
const MAX_REPLY_CHARS = 8 * 1024 * 1024;

const Jobs = z.array(
  z.object({ id: z.string(), "current-progress": z.number(), status: z.string(), error: z.string().optional() }),
);

/** Run `use` with a qemu-storage-daemon on the host that has these nodes open; it ends with `use`, however that ends. */
export async function withStorageDaemon<T>(
  machine: Machine,
  nodes: readonly object[],
  signal: AbortSignal,
  use: (qmp: Qmp) => Promise<T>,
): Promise<T> {
  const blockdevs = nodes.flatMap((node) => ["--blockdev", JSON.stringify(node)]);
  const args = ["--chardev", "stdio,id=qmp", "--monitor", "chardev=qmp", ...blockdevs];
  const daemon = start(guardedScriptOn(machine, DAEMON_SCRIPT, args), {
    signal,
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
    maxLineChars: MAX_REPLY_CHARS,
  });
  try {
    const qmp = connectQmp(daemon, (result) => reasonFor(result, machine, "copy the changed blocks of the disks"));
    await qmp.execute("qmp_capabilities");
    const answer = await use(qmp);
    await qmp.execute("quit");
    return answer;
  } finally {
    // Told twice does no harm; a remote one also ends with its stdin.
    daemon.write(`${JSON.stringify({ execute: "quit" })}\n`);
    daemon.end();
    await daemon.done;
  }
}

export interface CopyPart {
  /** Node to read. */
  device: string;
  /** Its bitmap, which names the ranges; null: those that its top layer holds. */
  bitmap: string | null;
}

export interface DirtyCopy {
  machine: Machine;
  diskId: number;
  /** What to copy, in this order: where two have the same range the later one counts. At least one. */
  parts: readonly CopyPart[];
  /** Guest-visible bytes. */
  virtualSize: number;
  /** New file on the host; without backing file. */
  filename: string;
  /** Turn data that is zero into zero clusters, for sources that do not know their holes well. */
  detectZeroes?: boolean;
  progress: DiskProgress;
  signal: AbortSignal;
}

/** Copy the ranges of the parts. Ranges that read as zeros become explicit zero clusters. */
export async function copyDirty(qmp: Qmp, copy: DirtyCopy): Promise<void> {
  const { machine, diskId, filename, progress } = copy;
  const what = `copy the changed blocks of disk ${diskId}`;
  const [file, target] = [`file-${diskId}`, `target-${diskId}`];
  const runJob = (id: string, command: string, args: object) => finishJob(qmp, machine, what, id, command, args);

  await runJob(`new-${file}`, "blockdev-create", { options: { driver: "file", filename, size: 0 } });
  await qmp.execute("blockdev-add", { driver: "file", "node-name": file, filename, discard: "unmap" });
  const options = { driver: "qcow2", file, size: copy.virtualSize, version: "v3" };
  await runJob(`new-${target}`, "blockdev-create", { options });
  await qmp.execute("blockdev-add", {
    driver: "qcow2",
    "node-name": target,
    file,
    backing: null,
    discard: "unmap",
    ...(copy.detectZeroes === true ? { "detect-zeroes": "unmap" } : {}),
  });

  const copied = new AbortController();
  const watching = watchJob(qmp, "copy", AbortSignal.any([copy.signal, copied.signal]), (done) =>
    progress.update(diskId, done),
  );
  try {
    for (const { device, bitmap } of copy.parts) {
      await runJob(`copy-${device}`, "blockdev-backup", {
        device,
        target,
        ...(bitmap === null ? { sync: "top" } : { sync: "bitmap", bitmap, "bitmap-mode": "never" }),
        "auto-dismiss": false,
        "x-perf": { "max-workers": MAX_WORKERS },
      });
    }
  } finally {
    copied.abort();
    await watching;
  }
  progress.finish(diskId);
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
