import type { Db } from "../../db/tx";
import type { BackupConfig } from "../../domain/backup-config";
import { MAX_CHAIN_POINTS } from "../../domain/chain";
import { AppError } from "../../domain/errors";
import type { JobSettings } from "../../domain/job/job";
import { type ComingBackup, planRetention, type RetentionPlan, withNext } from "../../domain/retention";
import type { TryPolicy } from "../../domain/retention-preview";
import type { Core } from "../core";
import { isChainDue, mergePolicy } from "../job/policy";
import { jobSettings } from "../job/rows";
import { parseVm } from "../vm/rows";
import type { VmRetention } from "./history";

/** The next backup of a VM, as far as it can be known before. */
export interface Coming {
  backup: ComingBackup;
  isPlanned: boolean;
  /** Settings that it will have: those of its job are merged into the VM's when it begins. */
  config: BackupConfig;
  jobId: number | null;
}

/** The next backup of each VM, in three queries whatever their number. */
export async function readComing(
  core: Core,
  histories: ReadonlyMap<number, VmRetention>,
): Promise<Map<number, Coming>> {
  const all = [...histories.values()];
  const jobIds = [...new Set(all.flatMap(({ config }) => (config.backupJobId === null ? [] : [config.backupJobId])))];
  const [jobs, times] = await Promise.all([
    readJobs(core.db, jobIds),
    readTimes(core.db, [...histories.keys()], jobIds),
  ]);
  const inJobs = all.filter(({ config }) => config.backupJobId !== null && jobs.has(config.backupJobId));
  const rows = await core.db.vm.findMany({ where: { id: { in: inJobs.map(({ vmId }) => vmId) } } });
  const vmOf = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    all.map((history) => {
      const { vmId, config } = history;
      const job = config.backupJobId === null ? undefined : jobs.get(config.backupJobId);
      const row = vmOf.get(vmId);
      const planned = times.get(job === undefined ? `VM ${vmId}` : `BACKUPJOB ${config.backupJobId}`) ?? null;
      const at = comingAt(history, planned, core.clock.now());
      const merged = job === undefined || row === undefined ? config : mergeLeniently(row, job, config);
      const coming: Coming = {
        backup: { at, ...kindOf(history, merged, job ?? null, at) },
        isPlanned: planned !== null,
        config: merged,
        jobId: job === undefined ? null : config.backupJobId,
      };
      return [vmId, coming] as const;
    }),
  );
}

/** The plan for the moment after the next backup, and where that backup is in it. */
export function planComing(
  { chains }: VmRetention,
  coming: Coming,
  zone: string,
  policy: TryPolicy | null = null,
): { plan: RetentionPlan; next: { imageId: number; incrementId: number }; backup: ComingBackup } {
  const mode = policy?.mode ?? coming.config.mode;
  const isChain = mode === "INCREMENT";
  const isOther = mode !== coming.config.mode;
  const backup: ComingBackup = isOther ? { ...coming.backup, type: "FULL", isChain } : coming.backup;
  const grown = withNext(chains, backup);
  const plan = planRetention({ chains: grown.chains, policy: policy ?? coming.config, zone, now: backup.at });
  return { plan, next: grown.next, backup };
}

function kindOf({ chains }: VmRetention, config: BackupConfig, job: JobSettings | null, at: number) {
  const isChain = config.mode === "INCREMENT";
  const open = chains.find((chain) => chain.isOpen);
  const continues =
    isChain &&
    open !== undefined &&
    config.incrementalBackupId === open.imageId &&
    open.points.length < MAX_CHAIN_POINTS &&
    !(job !== null && (job.reset || isChainDue(ageOf(open.points), job.policy, at)));
  return { type: continues ? ("INCREMENT" as const) : ("FULL" as const), isChain };
}

function ageOf(points: readonly { at: number }[]) {
  return { points: points.length, firstAt: points.length === 0 ? null : Math.min(...points.map((point) => point.at)) };
}

/** Never before a point that is there: clocks may have been put back. */
function comingAt({ chains }: VmRetention, planned: number | null, now: number): number {
  const newest = Math.max(0, ...chains.flatMap((chain) => chain.points.map((point) => point.at)));
  return Math.max(planned ?? now, now, newest + 1);
}

/** A job may name disks that the VM no longer has: its run fails then and changes nothing. */
function mergeLeniently(row: Parameters<typeof parseVm>[0], job: JobSettings, config: BackupConfig): BackupConfig {
  try {
    return mergePolicy(parseVm(row), job);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return config;
  }
}

async function readJobs(db: Db, jobIds: number[]): Promise<Map<number, JobSettings>> {
  if (jobIds.length === 0) return new Map();
  const rows = await db.backupJob.findMany({ where: { id: { in: jobIds } } });
  return new Map(rows.map((row) => [row.id, jobSettings(row)]));
}

/** Epoch ms of the next planned backup, by "VM 3" and "BACKUPJOB 4". */
async function readTimes(db: Db, vmIds: number[], jobIds: number[]): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<{ key: string; time: bigint }[]>`
    SELECT "parentType" || ' ' || "parentId" AS key, min("time") AS time FROM "ScheduledAction"
    WHERE "time" > "done" AND "action" = 'backup'
      AND (("parentType" = 'VM' AND "parentId" = ANY(${vmIds})) OR ("parentType" = 'BACKUPJOB' AND "parentId" = ANY(${jobIds})))
    GROUP BY "parentType", "parentId"`;
  return new Map(rows.map((row) => [row.key, Number(row.time) * 1000]));
}
