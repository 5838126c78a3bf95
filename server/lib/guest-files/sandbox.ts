import type { Readable } from "node:stream";
import { appError } from "../../domain/errors";
import { type Argv, type ProcessResult, run } from "../process";

/** No account has it on Debian; not that of the boot check, so that neither can touch the other. */
export const FILES_UID = 65_114;
/** The disk as the tool sees it: opened before the rights are dropped, and the only thing it can read of the session. */
const DISK = "/proc/self/fd/3";
const MEMORY_BYTES = 1024 ** 3;
/** Node reserves much more than it uses; what it uses has the limit of the others. */
const NODE_ADDRESS_BYTES = 8 * MEMORY_BYTES;
/** Exit code of our own program when its last line says all that there is to say. */
export const WHOLE_REASON = 3;

/** Node and our own program come the same way: the tool may have no right to the folders that they lie in. */
const OPEN_DISK = 'exec 3<"$1" 4<"$2" <"$3"; shift 3; exec "$@"';
const NODE = ["/proc/self/fd/4", "--max-old-space-size=400", "--input-type=module", "-"];

export interface ToolOptions {
  signal?: AbortSignal | undefined;
  timeoutMs: number;
  maxOutputBytes?: number;
  onOutput?: (output: Readable) => void;
  /** Our own program: a file of JavaScript that `READER` in argv stands for. */
  program?: string;
}

let ownDisk: string | null = null;

/** Called by our own program, which is in the sandbox: the tools that it starts are there already. */
export function isInSandbox(): void {
  // Node does not hand on descriptors that it was given.
  ownDisk = `/proc/${process.pid}/fd/3`;
}

/**
 * Run a tool that reads a guest's disk: a number without an account, no capability, no network, no file to write, limits
 * of memory and time. A disk that takes the tool over finds nothing else there.
 * @param argv `DISK` in it stands for the disk
 */
export async function runOnDisk(disk: string, argv: readonly string[], options: ToolOptions): Promise<ProcessResult> {
  const { program: ours = "/dev/null", ...rest } = options;
  const program = argv[0] === "READER" ? ours : "/dev/null";
  const words = argv.flatMap((word) => (word === "READER" ? NODE : [word === "DISK" ? (ownDisk ?? DISK) : word]));
  return await run(await confined(disk, program, words, options.timeoutMs), {
    ...rest,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC" },
    termGraceMs: 2_000,
  });
}

async function confined(disk: string, program: string, argv: readonly string[], timeoutMs: number): Promise<Argv> {
  const [tool = "", ...words] = argv;
  if (ownDisk !== null) return [tool, ...words];
  const isNode = tool === NODE[0];
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
    isNode ? process.execPath : "/dev/null",
    program,
    ...((await canUnshare()) ? ["unshare", "--net", "--ipc", "--"] : []),
    // A change of rights forgets the signal of the parent's death: asked for again.
    ...["setpriv", ...rights, "--no-new-privs", "--pdeathsig", "KILL", "--"],
    ...[
      "prlimit",
      `--as=${isNode ? NODE_ADDRESS_BYTES : MEMORY_BYTES}`,
      `--data=${MEMORY_BYTES}`,
      `--cpu=${Math.ceil(timeoutMs / 1000)}`,
    ],
    ...["--fsize=0", "--core=0", "--nofile=64", "--"],
    ...argv,
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
  if (result.exitCode === WHOLE_REASON) throw appError("FILES_UNREADABLE", { reason: lastLine(result.stderr) ?? "" });
  if (result.isCancelled) throw appError("FILES_UNREADABLE", { reason: "The reading was stopped." });
  const why = result.timedOut
    ? "It took too long."
    : (result.spawnError ?? lastLine(result.stderr) ?? "The program that reads it ended without a word.");
  throw appError("FILES_UNREADABLE", { reason: `The file system cannot be read: ${why}` });
}

/** What a tool said last, fit to be shown. */
export function lastLine(text: string): string | null {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line === "" ? null : line.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, 300);
}
