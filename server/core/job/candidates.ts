import type { JobCandidate } from "../../domain/job/selection";
import { mayByPermissions } from "../../domain/permissions";
import { text } from "../../domain/template";
import { canIncrement } from "../../domain/vm-disks";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { readNames } from "../owners";
import { parseVm } from "../vm/rows";
import { rightFor } from "../vm-operations";
import { MEMBER_OPERATION, selectable } from "./members";

const MAX_CANDIDATES = 10_000;

/** The VMs that the actor may see, with what keeps each of them out of a job; by name. Constantly many queries. */
export async function listJobCandidates(ctx: Ctx): Promise<JobCandidate[]> {
  const { db } = ctx.core;
  const rows = await db.vm.findMany({
    where: { AND: [visibleTo(ctx.actor), { state: { not: "DONE" } }] },
    orderBy: [{ name: "asc" }, { id: "asc" }],
    take: MAX_CANDIDATES,
  });
  const right = await rightFor(db, ctx.actor, MEMBER_OPERATION);
  const vms = rows.map((row) => ({ row, vm: parseVm(row) }));
  const jobIds = vms.flatMap(({ vm }) => (vm.backupConfig.backupJobId === null ? [] : [vm.backupConfig.backupJobId]));
  const [names, hosts, jobs] = await Promise.all([
    readNames(db, rows),
    db.host.findMany({ select: { id: true, name: true } }),
    db.backupJob.findMany({ where: { id: { in: jobIds } }, select: { id: true, name: true } }),
  ]);
  const hostNames = new Map(hosts.map((host) => [host.id, host.name]));
  const jobNames = new Map(jobs.map((job) => [job.id, job.name]));
  return vms.map(({ row, vm }) => {
    const jobId = vm.backupConfig.backupJobId;
    const tmMad = text(vm.template, "TM_MAD_SYSTEM") ?? "";
    const possible = canIncrement(vm.template, vm.backupConfig, {
      tmMad,
      hasSystemSnapshots: "SNAPSHOT" in vm.template,
    });
    return {
      ...selectable(row),
      id: row.id,
      hostName: hostNames.get(row.hostId) ?? "",
      ownerName: names.user(row.uid),
      groupName: names.group(row.gid),
      jobId: jobId !== null && jobNames.has(jobId) ? jobId : null,
      jobName: jobId === null ? null : (jobNames.get(jobId) ?? null),
      missingRight: mayByPermissions(ctx.actor, row, right) ? null : right,
      cannotIncrementReason: possible.ok ? null : possible.text,
    };
  });
}
