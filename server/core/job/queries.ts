import type { Prisma } from "../../db/client";
import { containing } from "../../db/contains";
import type { Page, PageInput } from "../../domain/ids";
import {
  type JobDetail,
  type JobMember,
  type JobRow,
  type JobRunRow,
  MEMBER_LISTS,
  type MemberList,
} from "../../domain/job/job";
import { mayByPermissions } from "../../domain/permissions";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { readNames } from "../owners";
import { nextTimes } from "../schedule/queries";
import { readPlan } from "../scheduler/job-tick";
import { authorizeJob } from "./authorize";
import { jobSettings } from "./rows";

const RUNS_SHOWN = 50;

/** Backup jobs that the actor may see, a page of them; constantly many queries. */
export async function listJobs(ctx: Ctx, input: PageInput): Promise<Page<JobRow>> {
  const where: Prisma.BackupJobWhereInput = {
    AND: [visibleTo(ctx.actor), input.search === undefined ? {} : { name: containing(input.search) }],
  };
  const direction = input.descending ? "desc" : "asc";
  const orderBy: Prisma.BackupJobOrderByWithRelationInput[] =
    input.sort === "name"
      ? [{ name: direction }, { id: "asc" }]
      : input.sort === "priority"
        ? [{ priority: direction }, { id: "asc" }]
        : input.sort === "lastBackupAt"
          ? [{ lastBackupAt: { sort: direction, nulls: "last" } }, { id: "asc" }]
          : [{ id: input.sort === undefined ? "desc" : direction }];
  const [rows, total] = await Promise.all([
    ctx.core.db.backupJob.findMany({ where, orderBy, skip: input.offset, take: input.limit }),
    ctx.core.db.backupJob.count({ where }),
  ]);
  return { rows: await toRows(ctx, rows), total };
}

/** One job with its members, each with the reason it waits, and its last runs. */
export async function getJob(ctx: Ctx, jobId: number): Promise<JobDetail> {
  const job = await authorizeJob(ctx.core.db, ctx.actor, "USE", jobId);
  const [row] = await toRows(ctx, [job]);
  if (row === undefined) throw new Error(`job ${jobId} has no row`);
  const runs = await ctx.core.db.jobRun.findMany({ where: { jobId }, orderBy: { id: "desc" }, take: RUNS_SHOWN });
  return { ...row, settings: jobSettings(job), members: await readMembers(ctx, job), runs: runs.map(toRun) };
}

async function readMembers(ctx: Ctx, job: Prisma.BackupJobModel): Promise<JobMember[]> {
  const { db } = ctx.core;
  const stored = await db.jobVm.findMany({ where: { jobId: job.id } });
  const ids = [...new Set([...job.vmIds, ...stored.map((member) => member.vmId)])];
  const vms = await db.vm.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  const names = new Map(vms.map((vm) => [vm.id, vm.name]));
  const byVm = new Map(stored.map((member) => [member.vmId, member]));
  const hasWaiting = stored.some((member) => member.list === "OUTDATED");
  const plan = hasWaiting ? await readPlan(ctx.core) : { waiting: [] };
  const reasons = new Map(
    plan.waiting.filter((one) => one.jobId === job.id).map((one) => [one.vmId, one.reason] as const),
  );
  return ids.map((vmId) => {
    const member = byVm.get(vmId);
    return {
      vmId,
      vmName: names.get(vmId) ?? `VM ${vmId} (does not exist)`,
      list: (member?.list ?? null) as MemberList | null, // written only by the core
      error: member?.error ?? null,
      retryAt: member?.retryAt?.getTime() ?? null,
      actionId: member?.actionId ?? null,
      waitReason: member?.list === "OUTDATED" ? (reasons.get(vmId) ?? "It begins with the next pass") : null,
    };
  });
}

async function toRows(ctx: Ctx, jobs: readonly Prisma.BackupJobModel[]): Promise<JobRow[]> {
  const { db } = ctx.core;
  const ids = jobs.map((job) => job.id);
  const names = await readNames(db, jobs);
  const [counts, datastores, next] = await Promise.all([
    db.jobVm.groupBy({ by: ["jobId", "list"], where: { jobId: { in: ids } }, _count: true }),
    db.datastore.findMany({
      where: { id: { in: jobs.flatMap((job) => (job.datastoreId === null ? [] : [job.datastoreId])) } },
      select: { id: true, name: true },
    }),
    nextTimes(db, "BACKUPJOB", ids),
  ]);
  const datastoreNames = new Map(datastores.map((datastore) => [datastore.id, datastore.name]));
  return jobs.map((job) => ({
    id: job.id,
    name: job.name,
    ownerId: job.uid,
    ownerName: names.user(job.uid),
    groupName: names.group(job.gid),
    permissions: job.permissions,
    priority: job.priority,
    datastoreId: job.datastoreId,
    datastoreName: job.datastoreId === null ? null : (datastoreNames.get(job.datastoreId) ?? null),
    mode: job.mode === "INCREMENT" ? "INCREMENT" : "FULL",
    execution: job.execution === "PARALLEL" ? "PARALLEL" : "SEQUENTIAL",
    keepLast: job.keepLast,
    vmCount: job.vmIds.length,
    counts: Object.fromEntries(
      MEMBER_LISTS.map((list) => [list, counts.find((one) => one.jobId === job.id && one.list === list)?._count ?? 0]),
    ) as Record<MemberList, number>, // one entry for each list
    error: job.error,
    lastBackupAt: job.lastBackupAt?.getTime() ?? null,
    lastBackupDuration: job.lastBackupDuration,
    nextRunAt: next.get(job.id) ?? null,
    pausedUntil: job.pausedUntil?.getTime() ?? null,
    lockLevel: job.lockLevel,
    may: { manage: mayByPermissions(ctx.actor, job, "MANAGE"), admin: mayByPermissions(ctx.actor, job, "ADMIN") },
  }));
}

function toRun(run: Prisma.JobRunModel): JobRunRow {
  return {
    id: run.id,
    trigger: run.trigger === "schedule" ? "schedule" : "manual",
    actorName: run.actorName,
    startedAt: run.startedAt.getTime(),
    endedAt: run.endedAt?.getTime() ?? null,
    planned: run.planned,
    done: run.done,
    failed: run.failed,
    isCancelled: run.cancelled,
  };
}
