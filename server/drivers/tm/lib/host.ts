/** Running things on the VM's host, with the sentences that fit a staging folder and a disk. */
import { type ProcessResult, type RunOptions, run } from "../../../lib/process";
import { guardedScriptOn, type Machine, scriptOn } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { explain, LONG_WORK_MS, SHORT_WORK_MS } from "../../remote";

export type ScriptOptions = Partial<RunOptions>;

/** A script that is over in seconds: its stdout. Throws DriverError saying what could not be done. */
export async function onHost(
  machine: Machine,
  what: string,
  script: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<string> {
  const result = await run(scriptOn(machine, script, args), { timeoutMs: SHORT_WORK_MS, ...options });
  return stdoutOf(result, machine, what);
}

/** A script that moves disk bytes, and so must not outlive us or the connection. */
export async function onHostGuarded(
  machine: Machine,
  what: string,
  script: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<string> {
  const result = await run(guardedScriptOn(machine, script, args), {
    timeoutMs: LONG_WORK_MS,
    holdStdin: true,
    ...options,
  });
  return stdoutOf(result, machine, what);
}

export function stdoutOf(result: ProcessResult, machine: Machine, what: string): string {
  if (result.ok) return result.stdout;
  throw new DriverError(reasonFor(result, machine, what));
}

/** One sentence for a failed run on the host. */
export function reasonFor(result: ProcessResult, machine: Machine, what: string): string {
  if (result.isCancelled || result.timedOut) return explain(result, machine, "host", what);
  return (
    noSpaceReason(result.stderr, machine, what) ??
    lockedReason(result.stderr, machine, what) ??
    explain(result, machine, "host", what)
  );
}

/** QEMU's image lock: whoever holds it may write, so no copy would be consistent. */
function lockedReason(text: string, machine: Machine, what: string): string | null {
  if (!/Failed to get .{0,40}lock|Is another process using the image/i.test(text)) return null;
  return `Could not ${what}: another program holds it on ${machine.host}. Is the VM running there outside Strata?`;
}

/** The sentence for a full file system, null when the text speaks of something else. */
export function noSpaceReason(text: string, machine: Machine, what: string): string | null {
  if (!/No space left on device|Disk quota exceeded/i.test(text)) return null;
  return `Could not ${what} on ${machine.host}: no space left on its datastore. Free space there, then try again.`;
}
