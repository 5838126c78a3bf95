import type { Readable } from "node:stream";
import { appError } from "../../domain/errors";
import { type Argv, type ProcessResult, run } from "../process";

/** No account has it on Debian; not that of the boot check, so that neither can touch the other. */
export const FILES_UID = 65_114;
/** The disk as the tool sees it: opened before the rights are dropped, and the only thing it can read of the session. */
const DISK = "/proc/self/fd/3";
const MEMORY_BYTES = 1024 ** 3;

const OPEN_DISK = 'exec 3<"$1"; shift; exec "$@"';

export interface ToolOptions {
  signal?: AbortSignal | undefined;
  timeoutMs: number;
  maxOutputBytes?: number;
  onOutput?: (output: Readable) => void;
}

/**
 * Run a tool that reads a guest's disk: a number without an account, no capability, no network, no file to write, limits
 * of memory and time. A disk that takes the tool over finds nothing else there.
 * @param argv `DISK` in it stands for the disk
 */
export async function runOnDisk(disk: string, argv: readonly string[], options: ToolOptions): Promise<ProcessResult> {
  return await run(await confined(disk, argv, options.timeoutMs), {
    ...options,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC" },
    termGraceMs: 2_000,
  });
}

async function confined(disk: string, argv: readonly string[], timeoutMs: number): Promise<Argv> {
  const isRoot = process.getuid?.() === 0;
  const rights = isRoot
    ? [`--reuid=${FILES_UID}`, `--regid=${FILES_UID}`, "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    : [];
  return [
    "bash",
    "--norc",
    "-c",
    OPEN_DISK,
    "files",
    disk,
    ...((await canUnshare()) ? ["unshare", "--net", "--ipc", "--"] : []),
    // A change of rights forgets the signal of the parent's death: asked for again.
    ...["setpriv", ...rights, "--no-new-privs", "--pdeathsig", "KILL", "--"],
    ...["prlimit", `--as=${MEMORY_BYTES}`, `--cpu=${Math.ceil(timeoutMs / 1000)}`],
    ...["--fsize=0", "--core=0", "--nofile=64", "--"],
    ...argv.map((word) => (word === "DISK" ? DISK : word)),
  ];
}

let unsharing: Promise<boolean> | undefined;

/** Not everybody may have a network namespace; asked once. */
async function canUnshare(): Promise<boolean> {
  unsharing ??= run(["unshare", "--net", "--ipc", "--", "true"], { timeoutMs: 10_000 }).then(({ ok }) => ok);
  return await unsharing;
}

/** Throw what a person can use when a tool did not end well. */
export function requireOk(result: ProcessResult): void {
  if (result.ok) return;
  if (result.isCancelled) throw appError("FILES_UNREADABLE", { reason: "The reading was stopped." });
  const why = result.timedOut
    ? "It took too long."
    : (result.spawnError ?? lastLine(result.stderr) ?? "The program that reads it ended without a word.");
  throw appError("FILES_UNREADABLE", { reason: `The file system cannot be read: ${why}` });
}

function lastLine(text: string): string | null {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line === "" ? null : line.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, 300);
}
