/**
 * Locks that a dead restic has left. `restic unlock` also removes those of other machines once they are half an hour
 * old, and asks whether a process lives by sending it SIGHUP, whatever it is by now. So we look ourselves, and remove
 * one by one: only locks of the machine we run restic on, of a process that is gone or is not restic any more.
 */
import { z } from "zod";
import type { DriverLog } from "../../action";
import { runInRepository } from "../rsync/run-in-repository";
import type { ResticPlace } from "./place";
import { type RepositoryOwner, type ResticDatastore, repositoryPath } from "./repository";
import { tryResticScript } from "./restic";

/** More than these at once are none of ours. */
const MAX_LOCKS = 20;
const LOCKS_MS = 120_000;

/** A line `host <name>`, then `lock <id> alive|dead <JSON in one line>` each. */
const LIST_LOCKS = `
echo "host $(uname -n)"
n=0
ids=$(restic_run --no-lock list locks) || exit 1
for id in $ids; do
  n=$((n + 1))
  if [ "$n" -gt ${MAX_LOCKS} ]; then break; fi
  lock=$(restic_run --no-lock cat lock "$id" | tr -d '\\n') || continue
  pid=$(grep -o '"pid": *[0-9]*' <<<"$lock" | grep -o '[0-9]*$')
  state=dead
  case $(cat "/proc/$pid/comm" 2>/dev/null) in restic*) state=alive ;; esac
  echo "lock $id $state $lock"
done
`;

const Lock = z.object({ hostname: z.string(), pid: z.number().int().min(1) });

/** $1 folder of the repository, then ids of locks. */
const REMOVE_LOCKS = `
set -eu
cd -- "$1/locks"; shift
for id in "$@"; do rm -f -- "./$id"; done
`;

/**
 * Remove the locks that a dead process of the machine of `place` has left. Never throws: who waits for the lock finds
 * out whether it is free.
 */
export async function releaseOwnLocks(
  datastore: ResticDatastore,
  place: ResticPlace,
  owner: RepositoryOwner,
  signal: AbortSignal,
  log: DriverLog,
): Promise<void> {
  try {
    const listed = await tryResticScript(datastore, place, LIST_LOCKS, [], { signal, timeoutMs: LOCKS_MS });
    const dead = deadLocks(listed.stdout);
    if (dead.length === 0) return;
    const folder = repositoryPath(datastore, owner);
    await runInRepository(datastore, `remove stale locks of ${folder}`, REMOVE_LOCKS, [folder, ...dead], { signal });
    log.warn(`${dead.length} locks that a dead restic had left in ${folder} are removed`);
  } catch (error) {
    if (!signal.aborted) log.warn(error instanceof Error ? error.message : String(error));
  }
}

/** Ids of the locks of the listing machine whose process is gone. */
export function deadLocks(listing: string): string[] {
  const lines = listing.split("\n");
  const host = /^host (\S+)$/.exec(lines[0] ?? "")?.[1];
  return lines.flatMap((line) => {
    const [, id, json] = /^lock ([0-9a-f]{64}) dead (\{.*\})$/.exec(line) ?? [];
    if (id === undefined || json === undefined) return [];
    const lock = Lock.safeParse(parseJson(json));
    return lock.success && lock.data.hostname === host ? [id] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
