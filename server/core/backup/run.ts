import { parseStored } from "../../db/stored";
import { Manifest } from "../../domain/backup";
import { closed } from "../../domain/backup-config-merge";
import { needsNewChain } from "../../domain/chain";
import { AppError, appError, reasonOf } from "../../domain/errors";
import { attempt } from "../../lib/outcome";
import { parseBackupAnswer } from "../../lib/wire";
import type { ActionHandler, Run } from "../action/handler";
import { datastoreXml, driverDocument, failedBackupXml, orphanXml } from "../documents";
import type { DriverCall, DriverReport } from "../driver/port";
import { requireDatastore } from "../require";
import { parseVm } from "../vm/rows";
import { type BackupJob, describeJob, planJob } from "./plan";
import { recordBackup } from "./record";
import { BackupInput } from "./request";

const POST_BACKUP_MS = 10 * 60_000; // must not be cut short by the cancel that made it necessary

/** A backup that is stored and not yet recorded. */
export interface StoredBackup {
  job: BackupJob;
  source: string;
  sizeMb: number;
  format: string;
  manifest: Manifest | null;
  /** Why a full was taken although an increment was asked for. */
  chainReset: string | null;
  /** How long the guest stood still, ms; null when it did not. */
  frozenMs: number | null;
}

/** prebackup → upload → postbackup → record; see docs/drivers.md and drivers-and-core §7. */
export const backupHandler: ActionHandler<StoredBackup> = {
  async work(run) {
    await run.progress.phase("preparing");
    const job = await run.step("plan", () => planJob(run));
    const tried: Tried = job.closeReason === null ? await tryOnce(run, job, "") : { resetReason: job.closeReason };
    if ("stored" in tried) return { ...tried.stored, job, chainReset: null };

    await run.step("close-chain", () => closeChain(run, tried.resetReason));
    const full = await run.step("plan-full", () => planJob(run));
    const again = await tryOnce(run, full, "-full");
    if ("stored" in again) return { ...again.stored, job: full, chainReset: tried.resetReason };
    throw appError("CHAIN_RESET_NEEDED", { reason: again.resetReason });
  },

  async cleanUp(run, worked) {
    await run.progress.phase("finishing");
    // Each has its own try: a host that is away must not keep a stored backup from being removed.
    const staged = await attempt(() => run.step("post-backup", () => twice(run, () => postBackup(run, worked.ok))));
    if (!staged.ok) run.log.add("WARN", `clean-up on the host: ${reasonOf(staged.error)}`);
    if (!worked.ok) await run.step("remove-partial", () => twice(run, () => removePartial(run)));
  },

  record: recordBackup,
};

type Uploaded = Omit<StoredBackup, "job" | "chainReset" | "frozenMs">;
/** A try ends with a stored backup, or with why there can be no increment; everything else is thrown. */
type Tried = { stored: Uploaded & Pick<StoredBackup, "frozenMs"> } | { resetReason: string };
type Sent = { stored: Uploaded } | { resetReason: string };

/** Disks exported on the host, then uploaded. */
async function tryOnce(run: Run, job: BackupJob, suffix: string): Promise<Tried> {
  await run.progress.phase("copying");
  const staged = await run.step(`pre-backup${suffix}`, () => preBackup(run, job));
  if (staged.resetReason !== null) return { resetReason: staged.resetReason };
  await run.progress.phase("uploading");
  const sent = await run.step(`upload${suffix}`, () => upload(run, job));
  return "stored" in sent ? { stored: { ...sent.stored, frozenMs: staged.frozenMs } } : sent;
}

interface Staged {
  /** Null when the disks are staged, else why no increment is possible. */
  resetReason: string | null;
  frozenMs: number | null;
}

async function preBackup(run: Run, job: BackupJob): Promise<Staged> {
  // Lines are written inside steps: what is repeated after a crash is not told twice.
  run.log.add("INFO", describeJob(job));
  try {
    const report = await callDriver(run, job, {
      family: "tm",
      driver: job.tmMad,
      action: job.isLive ? "prebackup_live" : "prebackup",
      document: job.vmDocument,
    });
    const { frozenMs } = report;
    if (frozenMs !== null) run.log.add("INFO", `The guest stood still for ${frozenMs} ms`);
    for (const disk of report.disks) {
      run.log.add("INFO", `Disk ${disk.id}: ${disk.bytes} bytes staged of a ${disk.virtualSize} byte disk`);
    }
    return { resetReason: await compareWithParent(run, job, report), frozenMs };
  } catch (error) {
    return { resetReason: resetReasonOf(job, error), frozenMs: null };
  }
}

/** Why a driver wants a new chain; anything else is thrown on. */
function resetReasonOf(job: BackupJob, error: unknown): string {
  if (job.type === "INCREMENT" && error instanceof AppError && error.code === "CHAIN_RESET_NEEDED") {
    return (error.data as { reason: string }).reason; // typed by its code
  }
  throw error;
}

/** The parent's manifest must describe the same disks: a disk that grew or changed cannot be stacked on it. */
async function compareWithParent(run: Run, job: BackupJob, report: DriverReport): Promise<string | null> {
  if (job.type === "FULL" || job.imageId === null) return null;
  const parent = await run.core.db.increment.findUnique({
    where: { imageId_id: { imageId: job.imageId, id: job.parentId } },
    select: { manifest: true, broken: true },
  });
  if (parent === null) return `increment ${job.parentId} of the chain is gone`;
  if (parent.broken !== null) return `increment ${job.parentId} of the chain is broken: ${parent.broken}`;
  if (parent.manifest === null || report.disks.length === 0) return null; // a foreign driver says nothing
  return needsNewChain(
    parseStored(Manifest, parent.manifest),
    report.disks.map((disk) => ({ diskId: disk.id, virtualSize: disk.virtualSize })),
  );
}

/** The next plan starts a new chain; the old one stays as it is. */
async function closeChain(run: Run, reason: string): Promise<null> {
  run.log.add("WARN", `A full backup in a new chain is taken: ${reason}`);
  const { vmId } = BackupInput.parse(run.action.input);
  const vm = parseVm(await run.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
  const backupConfig = { ...vm.backupConfig, ...closed(reason) };
  await run.core.db.vm.update({ where: { id: vmId }, data: { backupConfig } });
  return null;
}

async function upload(run: Run, job: BackupJob): Promise<Sent> {
  try {
    return { stored: await uploadOnce(run, job) };
  } catch (error) {
    const resetReason = resetReasonOf(job, error);
    // The repository itself says that the parent's files are not there: nobody should try to restore that point.
    await run.core.db.increment.updateMany({
      where: { imageId: job.imageId ?? -1, id: job.parentId, broken: null },
      data: { broken: resetReason, brokenBy: job.parentId },
    });
    return { resetReason };
  }
}

async function uploadOnce(run: Run, job: BackupJob): Promise<Uploaded> {
  const datastore = await requireDatastore(run.core.db, job.datastoreId);
  const report = await callDriver(run, job, {
    family: "datastore",
    driver: job.dsMad,
    action: "backup",
    document: driverDocument({
      datastore: datastoreXml(datastore),
      vm: job.vmDocument,
      extra: { BACKUP_ID: job.backupId },
    }),
  });
  const answer = parseBackupAnswer(report.stdout);
  if (answer === null) {
    throw appError("DRIVER_ANSWER", { path: `datastore/${job.dsMad}/backup`, answer: report.stdout.slice(0, 200) });
  }
  for (const disk of report.manifest?.disks ?? []) {
    run.log.add("INFO", `Disk ${disk.id}: stored as ${disk.file}, ${disk.bytes} bytes, sha256 ${disk.sha256}`);
  }
  run.log.add("INFO", `Backup ${answer.backupId} is complete in datastore ${job.datastoreId}: ${answer.sizeMb} MiB`);
  return { source: answer.backupId, sizeMb: answer.sizeMb, format: answer.format, manifest: report.manifest };
}

type Call = Pick<DriverCall, "family" | "driver" | "action" | "document">;

function callDriver(run: Run, job: BackupJob, call: Call, signal: AbortSignal = run.signal): Promise<DriverReport> {
  return run.core.drivers.call({
    ...call,
    argv: [
      `${job.hostName}:${job.vmDir}`,
      job.diskIds.join(":"),
      job.deployId,
      "-",
      String(job.vmId),
      String(job.datastoreId),
      job.backupId, // ours, and so is the next; drivers that do not know them ignore them
      ...(job.isLive && call.family === "tm" ? [job.libvirtUri] : []),
    ],
    signal,
    onLog: run.log.add,
    onProgress: run.progress.bytes,
    onDiskProgress: run.progress.disk,
  });
}

/** A driver that was killed while it cleaned up must not leave a whole copy of the disks until the next backup. */
async function twice(run: Run, work: () => Promise<null>): Promise<null> {
  const tried = await attempt(work);
  if (tried.ok) return null;
  run.log.add("INFO", `clean-up is tried again: ${reasonOf(tried.error)}`);
  return await work();
}

/** Puts the guest back and removes the staging folder, and what the host keeps of a backup that came to nothing. Its failure never fails the backup; the next one removes leftovers. */
async function postBackup(run: Run, isStored: boolean): Promise<null> {
  const job = await planJob(run);
  const document = isStored ? job.vmDocument : failedBackupXml(job.vmDocument);
  await callDriver(
    run,
    job,
    { family: "tm", driver: job.tmMad, action: job.isLive ? "postbackup_live" : "postbackup", document },
    AbortSignal.timeout(POST_BACKUP_MS),
  );
  return null;
}

/**
 * A driver that was killed may have left something running on the host, a temporary folder in the repository, or even a
 * whole backup that nobody will record: all of it goes.
 */
async function removePartial(run: Run): Promise<null> {
  const job = await planJob(run);
  // A commit whose answer was lost: the backup is recorded, so it is not partial at all.
  const recorded = await run.core.db.increment.findFirst({
    where: { source: job.backupId },
    select: { imageId: true },
  });
  if (recorded !== null) return null;
  const datastore = await requireDatastore(run.core.db, job.datastoreId);
  const signal = AbortSignal.timeout(POST_BACKUP_MS);
  const cancel: Call = { family: "datastore", driver: job.dsMad, action: "backup_cancel", document: job.vmDocument };
  if (await run.core.drivers.has(cancel)) {
    const argv = [`${job.hostName}:${job.vmDir}`, job.deployId];
    await run.core.drivers.call({ ...cancel, argv, signal, onLog: run.log.add });
  }
  await run.core.drivers.call({
    family: "datastore",
    driver: job.dsMad,
    action: "rm",
    argv: ["-1"],
    document: driverDocument({ image: orphanXml(job), datastore: datastoreXml(datastore) }),
    signal,
    onLog: run.log.add,
  });
  return null;
}
