import type { Prisma } from "../../db/client";
import type { Db } from "../../db/tx";
import { MEMBER_LISTS, type MemberList } from "../../domain/job/job";
import type { JobDocument } from "../../domain/xml/backup-job";
import { readNames } from "../owners";
import { toSchedule } from "../schedule/rows";
import { jobSettings } from "./rows";

/** What the documents of some jobs show; constantly many queries. */
export async function readJobDocuments(db: Db, jobs: readonly Prisma.BackupJobModel[]): Promise<JobDocument[]> {
  const ids = jobs.map((job) => job.id);
  const names = await readNames(db, jobs);
  const members = await db.jobVm.findMany({
    where: { jobId: { in: ids } },
    select: { jobId: true, vmId: true, list: true },
  });
  const schedules = await db.scheduledAction.findMany({
    where: { parentType: "BACKUPJOB", parentId: { in: ids } },
    orderBy: { id: "asc" },
  });
  return jobs.map((job) => ({
    id: job.id,
    uid: job.uid,
    gid: job.gid,
    userName: names.user(job.uid),
    groupName: names.group(job.gid),
    name: job.name,
    permissions: job.permissions,
    lock:
      job.lockLevel === 0
        ? null
        : { level: job.lockLevel, ownerId: job.lockOwner ?? -1, at: job.lockedAt?.getTime() ?? 0, requestId: -1 },
    priority: job.priority,
    lastBackupAt: job.lastBackupAt?.getTime() ?? null,
    lastBackupDuration: job.lastBackupDuration,
    members: Object.fromEntries(
      MEMBER_LISTS.map((list) => [
        list,
        members.filter((member) => member.jobId === job.id && member.list === list).map((member) => member.vmId),
      ]),
    ) as Record<MemberList, number[]>, // one entry for each list
    settings: jobSettings(job),
    error: job.error,
    schedules: schedules.filter((row) => row.parentId === job.id).map(toSchedule),
  }));
}
