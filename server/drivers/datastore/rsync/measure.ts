import { DriverError, type DriverLog } from "../../action";
import { OPEN_REPOSITORY } from "./open-repository";
import { REPO_ID } from "./repository";
import { type RepositoryPlace, runInRepository } from "./run-in-repository";

const MEASURE = `
set -eu
${OPEN_REPOSITORY}
open_repository "$1"
df -B1 --output=size,used,avail -- "$1" | tail -n 1
if [ -f "$1/.repo-id" ] && [ ! -L "$1/.repo-id" ]; then head -c 128 -- "$1/.repo-id"; fi
`;
const MIB = 1024 * 1024;
/** A monitor that hangs would hold up the others; df answers at once on a healthy server. */
const MONITOR_MS = 60_000;

/** The answer of `monitor`: capacity of the file system that holds the repository, in MiB, and the id of the repository. */
export async function measureRepository(
  repository: RepositoryPlace,
  signal: AbortSignal,
  log: DriverLog,
): Promise<string> {
  const { basePath } = repository;
  const output = await runInRepository(repository, `measure ${basePath}`, MEASURE, [basePath], {
    signal,
    timeoutMs: MONITOR_MS,
  });
  const [state, figures = "", repoId = ""] = output.trim().split("\n");
  const [, size, used, available] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(figures) ?? [];
  if (available === undefined) throw new DriverError(`df answered something unexpected for ${basePath}.`);
  log.debug(`repository ${basePath} is ${state ?? "unknown"}`);
  const mib = (bytes: string | undefined) => Math.floor(Number(bytes) / MIB);
  const lines = [`USED_MB=${mib(used)}`, `TOTAL_MB=${mib(size)}`, `FREE_MB=${mib(available)}`];
  if (REPO_ID.test(repoId)) lines.push(`REPO_ID=${repoId}`);
  return lines.join("\n");
}
