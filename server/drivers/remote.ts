/** Fixed scripts on a host or a backup server, with failures turned into a sentence an operator can act on. */
import { type ProcessResult, run } from "../lib/process";
import { guardedScriptOn, isLocal, type Machine, scriptOn } from "../lib/ssh";
import { DriverError } from "./action";

/** Listing, renaming, removing: anything that does not move disk bytes. Removing a large file is the slowest. */
export const SHORT_WORK_MS = 120_000;
/** Clean-up after a cancel must fit into the time the core waits before it kills. */
export const CLEANUP_MS = 20_000;
/** The longest any disk may take; a guard against something that hangs, not a goal. */
export const LONG_WORK_MS = 24 * 60 * 60 * 1000;

/** ssh's own exit code when there is no connection, or when it broke. */
const SSH_FAILED = 255;

export interface ScriptOptions {
  signal?: AbortSignal;
  input?: string;
  /** Default SHORT_WORK_MS. */
  timeoutMs?: number;
  /** Default 64 KiB; longer output keeps its tail only. */
  maxOutputBytes?: number;
}

/** `the backup server backup-1`, `this machine`: how messages call a machine. */
export function nameOf(machine: Machine, role: "backup server" | "host"): string {
  return isLocal(machine) ? `the ${role} (this machine)` : `the ${role} ${machine.host}`;
}

/**
 * Run a script with positional parameters to its end and answer its stdout.
 * @param what what is being done, as in "Could not <what>"
 * @throws DriverError with what to check
 */
export async function runScript(
  machine: Machine,
  role: "backup server" | "host",
  what: string,
  script: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<string> {
  const { timeoutMs = SHORT_WORK_MS, ...rest } = options;
  const result = await run(scriptOn(machine, script, args), { timeoutMs, ...rest });
  if (!result.ok) throw new DriverError(explain(result, machine, role, what));
  return result.stdout;
}

/** The same for work that moves disk bytes: it dies with the connection. */
export async function runGuarded(
  machine: Machine,
  role: "backup server" | "host",
  what: string,
  script: string,
  args: readonly string[],
  options: { signal: AbortSignal; onStdoutLine?(line: string): void; onStderrLine?(line: string): void },
): Promise<string> {
  const result = await run(guardedScriptOn(machine, script, args), {
    ...options,
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
  });
  if (!result.ok) throw new DriverError(explain(result, machine, role, what));
  return result.stdout;
}

/** One sentence for a failed run: what failed, where, why, and what to look at. */
export function explain(result: ProcessResult, machine: Machine, role: "backup server" | "host", what: string): string {
  const where = nameOf(machine, role);
  const detail = lastLine(result.stderr);
  if (result.isCancelled) return "Cancelled on request.";
  if (result.spawnError !== null) return `Could not ${what}: ${result.spawnError}. Install the missing program here.`;
  if (result.timedOut) return `Could not ${what} on ${where}: no end after ${Math.round(result.durationMs / 1000)} s.`;
  if (/No space left on device|Disk quota exceeded/i.test(result.stderr)) {
    return `The repository is full: ${what} on ${where} found no space left. Free space or enlarge it.`;
  }
  if (/Read-only file system/i.test(result.stderr)) {
    return `Could not ${what} on ${where}: the file system is read-only. Check its disk and remount it.`;
  }
  if (result.exitCode === SSH_FAILED && !isLocal(machine)) {
    const account = machine.user === undefined ? machine.host : `${machine.user}@${machine.host}`;
    return `Cannot reach ${where} over ssh (${detail || "no message"}). Check that it is up and that "ssh ${account}" works without a password for the user that runs Strata.`;
  }
  const missing = /(\S+): command not found/.exec(result.stderr)?.[1];
  if (missing !== undefined) return `Could not ${what}: ${missing} is missing on ${where}. Install it there.`;
  if (/Permission denied/i.test(result.stderr)) {
    return `Could not ${what} on ${where}: ${detail}. Check owner and mode of that path for the login user.`;
  }
  return `Could not ${what} on ${where}: ${detail || `exit code ${result.exitCode ?? "none"}`}`;
}

/** The last line a tool wrote that is not a progress or known-hosts notice. */
function lastLine(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^(bash|strata): line \d+: /, "").trim())
    .filter(
      (line) => line !== "" && !/ copied, |^Warning: Permanently added|records (in|out)$|: Broken pipe$/.test(line),
    );
  return (lines.at(-1) ?? "").slice(0, 400);
}
