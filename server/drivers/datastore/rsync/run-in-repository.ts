/** Scripts on the backup server that first make sure they are in the repository that the datastore means. */
import { type ProcessResult, run } from "../../../lib/process";
import { guardedScriptOn, scriptOn } from "../../../lib/ssh";
import { DriverError, type DriverLog } from "../../action";
import { explain, LONG_WORK_MS, nameOf, type ScriptOptions, SHORT_WORK_MS } from "../../remote";
import { limitedScript, limitWarnings } from "../limited";
import type { Repository } from "./repository";

/** Where a repository is and how it is known again. */
export type RepositoryPlace = Pick<Repository, "server" | "basePath" | "repoId">;

/** No tool that the scripts run ends with it. */
const WRONG_REPOSITORY = 91;

/**
 * $1 base path, $2 id that `.repo-id` must hold, empty for any. A repository on a file system that is not mounted looks
 * like an empty folder: without this, a backup would go onto the disk below it.
 */
const CHECK_ID = `
set -eu
if [ -n "$2" ]; then
  if [ ! -f "$1/.repo-id" ] || [ -L "$1/.repo-id" ]; then echo missing; exit ${WRONG_REPOSITORY}; fi
  if [ "$(head -c 128 -- "$1/.repo-id")" != "$2" ]; then echo another; exit ${WRONG_REPOSITORY}; fi
fi
shift 2
`;

/**
 * Run a script with positional parameters on the backup server, unless `.repo-id` is not the one that the datastore has
 * recorded. Answers its stdout.
 * @param what what is being done, as in "Could not <what>"
 * @throws DriverError with what to check
 */
export async function runInRepository(
  repository: RepositoryPlace,
  what: string,
  script: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<string> {
  const { timeoutMs = SHORT_WORK_MS, ...rest } = options;
  const { server, basePath, repoId } = repository;
  const words = [basePath, repoId ?? "", ...args];
  const result = await run(scriptOn(server, `${CHECK_ID}${script}`, words), { timeoutMs, ...rest });
  if (!result.ok)
    throw new DriverError(wrongRepository(repository, result) ?? explain(result, server, "backup server", what));
  return result.stdout;
}

/** The same for work that moves disk bytes: it dies with the connection, and takes no more than the datastore's limits. */
export async function runGuardedInRepository(
  repository: Repository,
  what: string,
  script: string,
  args: readonly string[],
  options: {
    signal: AbortSignal;
    log: DriverLog;
    onStdoutLine?(line: string): void;
    onStderrLine?(line: string): void;
  },
): Promise<string> {
  const { server, basePath, repoId } = repository;
  const { log, onStderrLine, ...rest } = options;
  const words = [basePath, repoId ?? "", ...args];
  const limited = limitedScript(repository.limits(basePath), `${CHECK_ID}${script}`, words);
  const result = await run(guardedScriptOn(server, limited.script, limited.args), {
    ...rest,
    onStderrLine: limitWarnings(log, nameOf(server, "backup server"), onStderrLine),
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
  });
  if (!result.ok)
    throw new DriverError(wrongRepository(repository, result) ?? explain(result, server, "backup server", what));
  return result.stdout;
}

function wrongRepository({ server, basePath }: RepositoryPlace, result: ProcessResult): string | null {
  if (result.exitCode !== WRONG_REPOSITORY) return null;
  const state = result.stdout.trim() === "another" ? "that of another repository" : "missing";
  return `The repository at ${basePath} on ${nameOf(server, "backup server")} is not the one of this datastore: its .repo-id is ${state}. Is the file system mounted?`;
}
