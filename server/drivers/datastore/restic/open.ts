/** What every action does first: the right repository, and the machine to run restic on. */
import { run } from "../../../lib/process";
import { commandOn, isLocal } from "../../../lib/ssh";
import { type DriverLog, throwIfCancelled } from "../../action";
import { SHORT_WORK_MS } from "../../remote";
import { runInRepository } from "../rsync/run-in-repository";
import { releaseOwnLocks } from "./locks";
import { placeHere, placeOnServer, type ResticPlace } from "./place";
import { type RepositoryOwner, type ResticDatastore, repositoryPath } from "./repository";
import type { ResticOptions } from "./restic";

/**
 * Make sure that BASE_PATH is the folder that the datastore means, when it has recorded which one that is.
 * @throws DriverError
 */
export async function checkBase(datastore: ResticDatastore, signal: AbortSignal): Promise<void> {
  if (datastore.repoId === null) return;
  await runInRepository(datastore, `open ${datastore.basePath}`, "true", [], { signal });
}

/** Flush the file system of a repository: restic's sftp backend cannot sync what it has written. */
export async function syncRepository(
  datastore: ResticDatastore,
  owner: RepositoryOwner,
  signal: AbortSignal,
): Promise<void> {
  const folder = repositoryPath(datastore, owner);
  await runInRepository(datastore, `sync ${folder}`, 'sync -f -- "$1"', [folder], { signal });
}

/**
 * The backup server itself when it has all `programs`, so that no payload crosses the network; else this machine, with
 * the repository over sftp.
 */
export async function nearestPlace(
  datastore: ResticDatastore,
  owner: RepositoryOwner,
  programs: readonly string[],
  signal: AbortSignal,
): Promise<ResticPlace> {
  const { server } = datastore;
  if (isLocal(server)) return placeOnServer(datastore, owner);
  const found = await run(commandOn(server, ["which", ...programs]), { signal, timeoutMs: SHORT_WORK_MS });
  throwIfCancelled(signal);
  return found.ok ? placeOnServer(datastore, owner) : placeHere(datastore, owner);
}

/** Options for every restic command: cancel, and what happens while another process holds the lock. */
export function waiting(
  datastore: ResticDatastore,
  place: ResticPlace,
  owner: RepositoryOwner,
  signal: AbortSignal,
  log: DriverLog,
): ResticOptions {
  let told = "";
  return {
    signal,
    onLocked: async (holder) => {
      if (holder !== told) log.info(`the repository is locked ${holder}; waiting for it`);
      told = holder;
      await releaseOwnLocks(datastore, place, owner, signal, log);
    },
  };
}
