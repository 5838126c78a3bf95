/**
 * `backup <host>:<vm_dir> <disk ids> <deploy_id> <job or -> <vm_id> <ds_id> [<backup id>]`: move the staged files of a VM into the
 * repository. Until the last rename nothing looks like a backup, so a kill at any point leaves at most a `.tmp-` folder
 * that the next backup of the VM sweeps.
 */
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../../action";
import { CLEANUP_MS, runScript } from "../../remote";
import { type BackupPlan, buildManifest, parseBackupPlan } from "./backup-plan";
import { parentProblem } from "./parent";
import { toMib } from "./repository";
import { probeStaging, type StagedFile } from "./staging";
import { transferFile } from "./transfer";
import { discardUpload, findComplete, type Nearness, prepareUpload, publishUpload } from "./upload-folder";

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const plan = parseBackupPlan(argv, xml);
    // Staging may be gone when the backup is complete, so its failure only counts when it is not.
    const [complete, staged, parent] = await Promise.allSettled([
      findComplete(plan, signal),
      probeStaging(plan.host, plan.stagingDir, plan, signal),
      parentProblem(plan, signal),
    ]);
    if (complete.status === "rejected") throw complete.reason;
    if (complete.value !== null) {
      log.info(`backup ${plan.backupId} is already stored; nothing is copied`);
      if (complete.value.manifest !== null) log.manifest(complete.value.manifest);
      return answer(plan, complete.value.files);
    }
    if (staged.status === "rejected") throw staged.reason;
    if (parent.status === "rejected") throw parent.reason;
    if (parent.value !== null) {
      log.chainReset(parent.value);
      throw new DriverError(`No increment can be stored: ${parent.value}. Take a full backup in a new chain.`);
    }
    return await upload(plan, staged.value, log, signal);
  },
});

async function upload(plan: BackupPlan, files: StagedFile[], log: DriverLog, signal: AbortSignal): Promise<string> {
  const total = sum(files);
  const near = await prepareUpload(plan, total, stagingOnServer(plan), log, signal).catch(async (error: unknown) => {
    // The cancel may have come between the folder and its answer.
    if (signal.aborted) await discardUpload(plan, log);
    throw error;
  });
  try {
    const hashes = await store(plan, near, files, log, signal);
    const manifest = buildManifest(plan, files, hashes, new Date());
    throwIfCancelled(signal);
    await publishUpload(plan, files, manifest);
    log.manifest(manifest);
  } catch (error) {
    await discardUpload(plan, log);
    throw error;
  }
  await unlinkStaged(plan, near, files, log);
  return answer(plan, files);
}

/** Send the files, the small ones beside the disks; the checksum of each by its name. */
async function store(
  plan: BackupPlan,
  near: Nearness,
  files: readonly StagedFile[],
  log: DriverLog,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const total = sum(files);
  const hashes = new Map<string, string>();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let done = 0;
  const send = async (queue: readonly StagedFile[]) => {
    for (const file of queue) {
      throwIfCancelled(either);
      let sent = 0;
      const onProgress = (bytes: number) => {
        done += Math.max(0, Math.min(bytes, file.bytes) - sent);
        sent = Math.max(sent, Math.min(bytes, file.bytes));
        if (file.disk !== null) log.progressDisk(file.disk.id, sent, file.bytes);
        log.progress(done, total);
      };
      hashes.set(file.name, await transferFile({ plan, near, file, signal: either, log, onProgress }));
      onProgress(file.bytes);
    }
  };
  const [others, disks] = [false, true].map((isDisk) => files.filter((file) => (file.disk !== null) === isDisk));
  let reason: unknown = null;
  const attempts = [others, disks].map((queue) =>
    send(queue ?? []).catch((error: unknown) => {
      // What fails first is the reason; the other one is only stopped by it.
      reason ??= error;
      failed.abort();
    }),
  );
  await Promise.all(attempts);
  if (reason !== null) throw reason;
  return hashes;
}

/** The staging folder as the backup server sees it, when it could be the host itself; null when it cannot. */
function stagingOnServer(plan: BackupPlan): string | null {
  const { server } = plan.repository;
  const isSame = server.host === plan.host.host && (server.port === undefined || server.port === 22);
  return isSame ? plan.stagingDir : null;
}

const UNLINK = `cd -- "$1" && shift && rm -f -- "$@"`;

/** A linked file is the stored one: a later backup that wrote into the staged name would change the repository. */
async function unlinkStaged(plan: BackupPlan, near: Nearness, files: StagedFile[], log: DriverLog): Promise<void> {
  if (near !== "linkable" || plan.repository.rsyncArgs.length > 0) return;
  const args = [plan.stagingDir, ...files.map((file) => `./${file.name}`)];
  try {
    await runScript(plan.repository.server, "backup server", "empty the staging", UNLINK, args, {
      timeoutMs: CLEANUP_MS,
    });
  } catch (error) {
    log.warn(error instanceof Error ? error.message : String(error));
  }
}

function answer(plan: BackupPlan, files: readonly { bytes: number }[]): string {
  return `${plan.backupId} ${toMib(sum(files))} raw`;
}

function sum(files: readonly { bytes: number }[]): number {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}
