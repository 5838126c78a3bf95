/**
 * `backup <host>:<vm_dir> <disk ids> <deploy_id> <job or -> <vm_id> <ds_id> [<backup id>]`: one snapshot with the staged
 * disks, vm.xml and manifest.json. restic makes a snapshot whole or not at all; what a broken upload has left in the
 * repository is not reachable and goes with the next `rm`.
 */
import { isLocal } from "../../../lib/ssh";
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../../action";
import { CLEANUP_MS } from "../../remote";
import { parseXml } from "../../xml";
import { buildManifest, parseStagedBackup, type StagedBackup } from "../rsync/backup-plan";
import { numericId, toMib } from "../rsync/repository";
import { runInRepository } from "../rsync/run-in-repository";
import { probeStaging, type StagedFile } from "../rsync/staging";
import { releaseOwnLocks } from "./locks";
import { checkBase, syncRepository, waiting } from "./open";
import { placeHere, placeOnHost, placeOnServer, type ResticPlace } from "./place";
import { prepareBase } from "./prepare";
import { parseResticDatastore, type RepositoryOwner, type ResticDatastore, repositoryPath } from "./repository";
import { BACKUP_ATTEMPTS, type ResticOptions } from "./restic";
import { withScratch } from "./scratch";
import { diskPaths, listFiles, listSnapshots, readManifestOf, type Snapshot, snapshotOf } from "./snapshots";
import { readStaged, writeManifest } from "./source";
import { forgetSnapshots, initRepository, storeSnapshot } from "./store";

interface Backup {
  datastore: ResticDatastore;
  owner: RepositoryOwner;
  plan: StagedBackup;
  log: DriverLog;
  signal: AbortSignal;
}

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const document = parseXml(xml);
    const plan = parseStagedBackup(argv, document);
    const job = argv[3] ?? "-";
    const owner = { vmId: plan.vmId, jobId: job === "-" ? null : numericId("The id of the backup job", job) };
    const backup = { datastore: parseResticDatastore(document.first("DATASTORE")), owner, plan, log, signal };
    await checkBase(backup.datastore, signal);
    // Staging may be gone when the backup is complete, so its failure only counts when it is not.
    const here = placeHere(backup.datastore, owner);
    const [listed, staged] = await Promise.allSettled([
      listSnapshots(backup.datastore, here, plan.vmId, waiting(backup.datastore, here, owner, signal, log)),
      probeStaging(plan.host, plan.stagingDir, plan, signal),
    ]);
    throwIfCancelled(signal);
    if (listed.status === "rejected") throw listed.reason;
    const done = await findComplete(backup, here, listed.value ?? []);
    if (done !== null) return done;
    if (staged.status === "rejected") throw staged.reason;
    const problem = parentProblem(plan, listed.value, repositoryPath(backup.datastore, owner));
    if (problem !== null) {
      log.chainReset(problem);
      throw new DriverError(`No increment can be stored: ${problem}. Take a full backup in a new chain.`);
    }
    return await store(backup, staged.value, listed.value !== null);
  },
});

/** The answer when this very backup is stored already; null when it is not. */
async function findComplete(
  { datastore, owner, plan, log, signal }: Backup,
  place: ResticPlace,
  snapshots: readonly Snapshot[],
): Promise<string | null> {
  const snapshot = snapshotOf(snapshots, plan.backupId);
  if (snapshot === undefined) return null;
  const options = waiting(datastore, place, owner, signal, log);
  const manifest = await readManifestOf(datastore, place, snapshot, options);
  const files = await listFiles(datastore, place, snapshot, options);
  const isWhole =
    manifest !== null &&
    manifest.backupId === plan.backupId &&
    manifest.vmId === plan.vmId &&
    files.has("vm.xml") &&
    manifest.disks.every((disk) => files.get(disk.file) === disk.bytes);
  if (!isWhole) {
    // restic stores what it can read and says so by its exit code, which nobody may have lived to see.
    await forgetSnapshots(datastore, place, [snapshot.id], options);
    return null;
  }
  log.info(`backup ${plan.backupId} is already stored; nothing is copied`);
  log.manifest(manifest);
  files.delete("manifest.json");
  return answer(plan, [...files.values()]);
}

/** Why the increment cannot be stored here, null when it can or when the core did not name the parent. */
function parentProblem(plan: StagedBackup, snapshots: readonly Snapshot[] | null, folder: string): string | null {
  const { parentBackupId, parentId, diskIds } = plan;
  if (parentBackupId === null) return null;
  const gone = (detail: string) => `the parent backup ${parentBackupId} is not in the repository ${folder}: ${detail}`;
  const parent = snapshotOf(snapshots ?? [], parentBackupId);
  if (parent === undefined) return gone("its snapshot is missing");
  const disks = diskPaths(parent);
  const other = [...disks.values()].find((path) => !path.endsWith(`.${parentId}`));
  if (other !== undefined) return gone(`its snapshot belongs to another increment (${other})`);
  const added = diskIds.find((diskId) => !disks.has(diskId));
  return added === undefined ? null : gone(`it does not hold disk ${added}`);
}

async function store(backup: Backup, files: StagedFile[], hasRepository: boolean): Promise<string> {
  const { datastore, owner, plan, log, signal } = backup;
  const bytes = files.map((file) => file.bytes);
  const total = sum(bytes);
  const { isNear, hasLocks } = await prepareBase(datastore, owner, plan, total, log, signal);
  const isFetched = isLocal(datastore.server) && !isLocal(plan.host);
  const place = isNear || isFetched ? placeOnServer(datastore, owner) : placeOnHost(datastore, owner, plan.host);
  const options: ResticOptions = { ...waiting(datastore, place, owner, signal, log), attempts: BACKUP_ATTEMPTS };
  if (hasLocks) await releaseOwnLocks(datastore, place, owner, signal, log);
  if (!hasRepository) await initRepository(datastore, place, options);

  // Two passes, one bar: the files are read for their checksums, then by restic.
  const hashed = async (folder: string, copyTo: string | null) => {
    const onProgress = (done: number) => log.progress(done, 2 * total);
    const hashes = await readStaged(
      { host: plan.host, stagingDir: plan.stagingDir, files, signal, onProgress },
      copyTo,
    );
    const manifest = buildManifest(plan, files, hashes, new Date(), "restic");
    const at = copyTo === null ? plan.host : datastore.server;
    await writeManifest(at, copyTo === null ? "host" : "backup server", folder, manifest, signal);
    const onStored = (done: number) => reportStored(log, files, total, done);
    await storeSnapshot({ datastore, place, folder, plan, files, options, onProgress: onStored });
    return manifest;
  };
  const upload = async () =>
    isFetched
      ? await withScratch(datastore.server, "backup server", datastore.tmpDir, signal, async ({ dir, free }) => {
          if (free < total) throw new DriverError(`${datastore.tmpDir} has not enough space for ${toMib(total)} MiB.`);
          // As on a host, so that the paths in the snapshot have the form that every reader expects.
          const folder = `${dir}/${plan.vmId}/backup`;
          await runInRepository(datastore, `make ${folder}`, 'umask 077; mkdir -p -- "$1"', [folder], { signal });
          return await hashed(folder, folder);
        })
      : await hashed(plan.stagingDir, null);
  const manifest = await upload().catch(async (error: unknown) => {
    // restic 0.14 forgets a lock that it is told to stop for in its first moments.
    if (signal.aborted) await releaseOwnLocks(datastore, place, owner, AbortSignal.timeout(CLEANUP_MS), log);
    throw error;
  });
  await syncRepository(datastore, owner, signal);
  log.manifest(manifest);
  return answer(plan, bytes);
}

/** The second half of the bar, and each disk: restic reads the files in the order of their names. */
function reportStored(log: DriverLog, files: readonly StagedFile[], total: number, done: number): void {
  log.progress(total + done, 2 * total);
  let before = 0;
  for (const { bytes, disk } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (disk !== null && done > before) log.progressDisk(disk.id, Math.min(done - before, bytes), bytes);
    before += bytes;
  }
}

function answer(plan: StagedBackup, bytes: readonly number[]): string {
  return `${plan.backupId} ${toMib(sum(bytes))} raw`;
}

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, each) => total + each, 0);
}
