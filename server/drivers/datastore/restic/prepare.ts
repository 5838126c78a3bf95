/** The backup server before a backup: the base folder, the space, and what is there already. */
import { isLocal } from "../../../lib/ssh";
import { DriverError, type DriverLog } from "../../action";
import { nameOf } from "../../remote";
import type { StagedBackup } from "../rsync/backup-plan";
import { OPEN_REPOSITORY } from "../rsync/open-repository";
import { toMib } from "../rsync/repository";
import { runInRepository } from "../rsync/run-in-repository";
import { type RepositoryOwner, type ResticDatastore, repositoryPath } from "./repository";

/**
 * $1 base, $2 folder of the repository, $3 bytes to store, $4 reserve in bytes or `-`, $5 staging folder or empty,
 * $6 `increment` or `full`. A further full shares most blocks with those before it: how much it needs is not known, so
 * only the reserve must be free.
 */
const PREPARE = `
set -eu
${OPEN_REPOSITORY}
base=$1; folder=$2; need=$3; reserve=$4; staging=$5
open_repository "$base"
if [ -L "$folder" ]; then echo "$folder is a symbolic link" >&2; exit 1; fi
near=remote
if [ -n "$staging" ] && [ -r "$staging/vm.xml" ]; then near=readable; fi
count() { if [ -d "$1" ]; then find "$1" -mindepth 1 -maxdepth 1 | wc -l; else echo 0; fi; }
snapshots=$(count "$folder/snapshots")
if [ "$6" = full ] && [ "$snapshots" -gt 0 ]; then need=0; fi
read -r size available < <(df -B1 --output=size,avail "$base" | tail -n 1)
if [ "$reserve" = - ]; then
  reserve=$((size / 20))
  if [ "$reserve" -gt 2147483648 ]; then reserve=2147483648; fi
fi
if [ "$available" -lt $((need + reserve)) ]; then echo "full $available $reserve"; exit 0; fi
echo "ready $near $(count "$folder/locks")"
`;

export interface Prepared {
  /** The server can read the staging folder itself. */
  isNear: boolean;
  hasLocks: boolean;
}

/**
 * Make the base folder and see whether the backup fits.
 * @throws DriverError when it does not, or when the folder is another repository
 */
export async function prepareBase(
  datastore: ResticDatastore,
  owner: RepositoryOwner,
  plan: StagedBackup,
  bytes: number,
  log: DriverLog,
  signal: AbortSignal,
): Promise<Prepared> {
  const { basePath, server, reserveBytes } = datastore;
  const isSameMachine = server.host === plan.host.host && (server.port === undefined || server.port === 22);
  const output = await runInRepository(
    datastore,
    `prepare ${basePath}`,
    PREPARE,
    [
      basePath,
      repositoryPath(datastore, owner),
      String(bytes),
      reserveBytes === null ? "-" : String(reserveBytes),
      isSameMachine ? plan.stagingDir : "",
      plan.type === "FULL" ? "full" : "increment",
    ],
    { signal },
  );
  const [state = "", answer = ""] = output.trim().split("\n");
  const where = nameOf(server, "backup server");
  if (state === "foreign") log.warn(`${basePath} on ${where} has no .repo-id: it was written by another program`);
  const [word, first = "", second = ""] = answer.split(" ");
  if (word === "full") {
    throw new DriverError(
      `The repository ${basePath} on ${where} has not enough space: ${toMib(bytes)} MiB to store, ${toMib(Number(first))} MiB free, ${toMib(Number(second))} MiB of them reserved. Free space or enlarge it.`,
    );
  }
  if (word !== "ready" || !/^\d+$/.test(second)) throw new DriverError(`${where} gave an unexpected answer: ${answer}`);
  return { isNear: isLocal(server) ? isLocal(plan.host) : first === "readable", hasLocks: Number(second) > 0 };
}
