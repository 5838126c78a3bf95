/**
 * One restic command on one machine. The password is the first line of stdin there and reaches restic through a pipe
 * (`RESTIC_PASSWORD_FILE=/dev/fd/9`): it is in no command line, no environment and no file.
 */
import { type ProcessResult, run } from "../../../lib/process";
import { guardedScriptOn, isLocal } from "../../../lib/ssh";
import { DriverError, throwIfCancelled } from "../../action";
import { explain, LONG_WORK_MS, nameOf } from "../../remote";
import { LIMIT_WORDS, LIMITS_FUNCTION } from "../limits";
import type { ResticPlace } from "./place";
import type { ResticDatastore } from "./repository";

/** No tool that the scripts run ends with it. */
const NO_RESTIC = 92;

/**
 * Positional parameters: folder for temporary files, GOMAXPROCS or empty, `sftp.command` or empty, repository, the
 * limits, then what the script itself wants. `restic_run <restic's words>` runs one command. The rest:
 * - restic gets a process group of its own and SIGINT instead of SIGTERM. 0.14 removes its lock for SIGINT only, and
 *   our own end by SIGKILL still reaches it, as the death of its parent.
 * - No cache: with three files a snapshot it saves nothing, and it would stay on the machine.
 * - A lock is waited for by the caller, which can tell whose it is.
 */
const PRELUDE = `
set -u
umask 077
IFS= read -r password || exit 1
command -v restic >/dev/null 2>&1 || exit ${NO_RESTIC}
restic_tmp=$1 restic_procs=$2 restic_sftp=$3 restic_repository=$4; shift 4
${LIMITS_FUNCTION}
limit_words "\${@:1:${LIMIT_WORDS}}"
shift ${LIMIT_WORDS}
for name in \${!RESTIC_@}; do unset "$name"; done
export TZ=UTC TMPDIR=$restic_tmp RESTIC_PROGRESS_FPS=4 RESTIC_PASSWORD_FILE=/dev/fd/9
if [ -n "$restic_procs" ]; then export GOMAXPROCS=$restic_procs; fi
restic_options=("--repo=$restic_repository" --no-cache)
if [ -n "$restic_sftp" ]; then
  case $restic_sftp in
    "ssh -F"*) ;;
    *) if [ -n "\${STRATA_SSH_CONFIG:-}" ]; then restic_sftp="ssh -F '$STRATA_SSH_CONFIG'\${restic_sftp#ssh}"; fi ;;
  esac
  restic_options+=("--option=sftp.command=$restic_sftp")
fi
restic_run() {
  local pid code
  set -m
  "\${limited[@]}" setpriv --pdeathsig INT -- restic "\${restic_options[@]}" "$@" </dev/null 9< <(printf '%s\\n' "$password") &
  pid=$!
  set +m
  trap 'kill -INT "$pid" 2>/dev/null' TERM INT HUP PIPE
  while :; do
    wait "$pid"
    code=$?
    kill -0 "$pid" 2>/dev/null || break
  done
  trap - TERM INT HUP PIPE
  return "$code"
}
`;

/** A single command and nothing else. */
const ONE_COMMAND = `restic_run "$@"`;

export interface ResticOptions {
  signal: AbortSignal;
  /** Default: a day. */
  timeoutMs?: number;
  /** Default 64 KiB; longer output keeps its tail only. */
  maxOutputBytes?: number;
  onStdoutLine?(line: string): void;
  onStderrLine?(line: string): void;
  /** Attempts while another process holds the lock, LOCK_RETRY_MS apart. Default QUICK_ATTEMPTS. */
  attempts?: number;
  /** Called when the repository is locked, before it is tried again. */
  onLocked?(text: string): Promise<void> | void;
}

/** Between two attempts at a locked repository. */
const LOCK_RETRY_MS = 5_000;
/** As the reference: five minutes for what needs the repository alone. */
export const EXCLUSIVE_ATTEMPTS = 60;
/** A backup waits for a prune of a large repository rather than failing: an hour. */
export const BACKUP_ATTEMPTS = 720;
/** Reading something small. */
const QUICK_ATTEMPTS = 12;

/** Why restic failed, as far as it matters to us. Exit codes since restic 0.17, texts before. */
export type ResticFailure = "missing" | "locked" | "password" | "incomplete" | "no-restic" | "other";

/** What a failed command means; its own output is the only source with restic before 0.17. */
export function failureOf({ exitCode, stderr }: Pick<ProcessResult, "exitCode" | "stderr">): ResticFailure {
  if (exitCode === NO_RESTIC) return "no-restic";
  if (exitCode === 12 || /wrong password or no key found/i.test(stderr)) return "password";
  if (exitCode === 11 || /unable to create lock in backend|repository is already locked/i.test(stderr)) return "locked";
  if (exitCode === 10) return "missing";
  if (/Is there a repository at the following location/i.test(stderr)) {
    return /no such file|does not exist|not exist/i.test(stderr) ? "missing" : "other";
  }
  return exitCode === 3 ? "incomplete" : "other";
}

/**
 * Run restic to its end, waiting for a lock. Never throws for what restic does, except for what no caller can handle.
 * @throws DriverError cancelled, wrong password, restic not installed
 */
export async function tryRestic(
  datastore: ResticDatastore,
  place: ResticPlace,
  words: readonly string[],
  options: ResticOptions,
): Promise<ProcessResult> {
  return await tryResticScript(datastore, place, ONE_COMMAND, words, options);
}

/** The same for a fixed script that calls `restic_run`; `args` are its positional parameters. */
export async function tryResticScript(
  datastore: ResticDatastore,
  place: ResticPlace,
  script: string,
  args: readonly string[],
  options: ResticOptions,
): Promise<ProcessResult> {
  const { attempts = QUICK_ATTEMPTS, onLocked, timeoutMs = LONG_WORK_MS, ...rest } = options;
  const head = [datastore.tmpDir, String(datastore.processors ?? ""), place.sftpCommand, place.repository];
  const limits = datastore.limits(datastore.tmpDir).words;
  const argv = guardedScriptOn(place.machine, `${PRELUDE}${script}`, [...head, ...limits, ...args]);
  for (let attempt = 1; ; attempt++) {
    throwIfCancelled(options.signal);
    const result = await run(argv, { ...rest, timeoutMs, input: `${datastore.password}\n`, holdStdin: true });
    throwIfCancelled(options.signal);
    if (result.ok) return result;
    const failure = failureOf(result);
    if (failure === "password" || failure === "no-restic") throw new DriverError(explainRestic(result, place, "open"));
    if (failure !== "locked" || attempt >= attempts) return result;
    await onLocked?.(lockText(result.stderr));
    await pause(LOCK_RETRY_MS, options.signal);
  }
}

/**
 * Run restic and answer its stdout.
 * @param what what is being done, as in "Could not <what>"
 * @throws DriverError with what to check
 */
export async function restic(
  datastore: ResticDatastore,
  place: ResticPlace,
  what: string,
  words: readonly string[],
  options: ResticOptions,
): Promise<string> {
  const result = await tryRestic(datastore, place, words, options);
  if (!result.ok) throw new DriverError(explainRestic(result, place, what));
  return result.stdout;
}

/** `--limit-upload` and `--limit-download` on every command; nothing when there is no limit. */
export function bandwidthWords({ bandwidth }: ResticDatastore): string[] {
  return bandwidth === null ? [] : [`--limit-upload=${bandwidth}`, `--limit-download=${bandwidth}`];
}

/** One sentence for a failed command. restic's own lines name no secret. */
export function explainRestic(result: ProcessResult, place: ResticPlace, what: string): string {
  const where = nameOf(place.machine, place.role);
  const { repository } = place;
  switch (failureOf(result)) {
    case "no-restic":
      return `Could not ${what} ${repository}: restic is missing on ${where}. Install it there.`;
    case "password":
      return `RESTIC_PASSWORD of the datastore does not open the repository ${repository}. It was made with another password.`;
    case "missing":
      return `The repository ${repository} is not there.`;
    case "locked":
      return `Could not ${what}: the repository ${repository} is locked (${lockText(result.stderr)}). If that process is gone, remove its lock with "restic unlock" on that machine.`;
    default:
      break;
  }
  const sftp = /sftp session|server unexpectedly closed connection|Permission denied \(/i.test(result.stderr);
  if (sftp && place.sftpCommand !== "" && !isLocal(place.machine)) {
    return `restic on ${where} cannot reach ${repository} over sftp. Check that this host can log in there by ssh without a password.`;
  }
  return explain(result, place.machine, place.role, what);
}

/** `PID 12 on host-1 by root`: who holds the lock, from restic's message. */
function lockText(stderr: string): string {
  const holder = /locked (?:exclusively )?by (PID \d+ on .{1,200}? by .{1,80}?)(?: \(UID|$)/m.exec(stderr)?.[1];
  const age = /lock was created at ([^\n]{1,80})/.exec(stderr)?.[1];
  return [holder ?? "by another process", ...(age === undefined ? [] : [`since ${age}`])].join(" ");
}

/** Resolves after `ms`, or at once when cancelled. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
