import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Tx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { CLOSED } from "../../domain/backup-config-merge";
import { appError } from "../../domain/errors";
import { JobPolicy, type VmSelection } from "../../domain/job/job";
import { isSelected, labelsOf, type SelectableVm } from "../../domain/job/selection";
import { mayByPermissions } from "../../domain/permissions";
import { type Template, text } from "../../domain/template";
import { requireRight } from "../authorize";
import { appendEvent } from "../event/append";
import { parseVm } from "../vm/rows";
import { rightFor } from "../vm-operations";

/**
 * What a member's backup needs when the job begins it (`admitBackup`): asked already when the VM is put in, so that no
 * run fails by it. MANAGE as shipped; the configured lists may say another right.
 */
export const MEMBER_OPERATION = "sched-action";

/**
 * Put VMs into a job and take others out (jobs-api-cli §1.4): each VM is in one job at most. Ids of VMs that do not exist
 * are taken as they are and dropped by the next run. Leaving closes an incremental chain, because what follows is of
 * another policy.
 *
 * @throws JOB_VM_TAKEN; NOT_AUTHORIZED without the right of MEMBER_OPERATION on a VM that is added
 */
export async function changeMembers(
  tx: Tx,
  actor: Actor,
  jobId: number,
  change: { added: readonly number[]; removed: readonly number[] },
): Promise<void> {
  const right = await rightFor(tx, actor, MEMBER_OPERATION);
  for (const vmId of [...change.added].sort((a, b) => a - b)) {
    const vm = await readVm(tx, vmId);
    if (vm === null) continue;
    requireRight(actor, right, vm, { object: "VM", id: vmId });
    const { backupJobId } = vm.backupConfig;
    if (backupJobId === jobId) continue;
    if (backupJobId !== null && (await exists(tx, backupJobId))) {
      throw appError("JOB_VM_TAKEN", { vmId, jobId, otherJobId: backupJobId });
    }
    await tx.vm.update({ where: { id: vmId }, data: { backupConfig: { ...vm.backupConfig, backupJobId: jobId } } });
    await appendEvent(tx, { topic: "vm", objectId: vmId, type: "config" });
  }
  for (const vmId of change.removed) await releaseMember(tx, jobId, vmId);
}

/** A VM leaves its job. */
export async function releaseMember(tx: Tx, jobId: number, vmId: number): Promise<void> {
  await tx.jobVm.deleteMany({ where: { jobId, vmId } });
  const vm = await readVm(tx, vmId);
  if (vm === null || vm.backupConfig.backupJobId !== jobId) return;
  const closed = vm.backupConfig.mode === "INCREMENT" ? CLOSED : {};
  const backupConfig = { ...vm.backupConfig, ...closed, backupJobId: null };
  await tx.vm.update({ where: { id: vmId }, data: { backupConfig } });
  await appendEvent(tx, { topic: "vm", objectId: vmId, type: "config" });
}

/** Ids of the VMs that carry this job's id. */
export async function claimedBy(tx: Tx, jobId: number): Promise<number[]> {
  const rows = await tx.$queryRaw<{ id: number }[]>`
    SELECT "id" FROM "Vm" WHERE "state" <> 'DONE' AND ("backupConfig"->>'backupJobId')::int = ${jobId} ORDER BY "id"`;
  return rows.map((row) => row.id);
}

/**
 * Who takes part in a run: the ordered list, then the VMs that the selection rule finds, without those that are left out
 * by the job or, at `now`, by their own settings.
 * VMs found by the rule join the job when they are free; those it no longer finds leave it.
 */
export async function resolveMembers(
  tx: Tx,
  owner: Actor,
  job: { id: number; vmIds: readonly number[]; policy: Prisma.JsonValue },
  now: number,
): Promise<number[]> {
  const { selection, exclusions } = parseStored(JobPolicy, job.policy);
  const excluded = new Set(exclusions.map((exclusion) => exclusion.vmId));
  const found = selection === null ? [] : await select(tx, owner, selection);
  const claimed = await claimedBy(tx, job.id);
  const wanted = new Set([...job.vmIds, ...found.map((vm) => vm.id)]);
  for (const vmId of claimed) if (!wanted.has(vmId)) await releaseMember(tx, job.id, vmId);
  const free = found.filter((vm) => vm.jobId === null || vm.jobId === job.id).map((vm) => vm.id);
  const fresh = free.filter((vmId) => !claimed.includes(vmId) && !excluded.has(vmId));
  await changeMembers(tx, owner, job.id, { added: fresh, removed: [] });
  const members = [...new Set([...job.vmIds, ...free])].filter((vmId) => !excluded.has(vmId));
  const leftOut = await leftOutOf(tx, members, now);
  return members.filter((vmId) => !leftOut.has(vmId));
}

/** Of some VMs, those whose own settings leave them out. They stay in their job: what follows is its policy again. */
async function leftOutOf(tx: Tx, vmIds: readonly number[], now: number): Promise<Set<number>> {
  const rows = await tx.$queryRaw<{ id: number }[]>`
    SELECT "id" FROM "Vm" WHERE "id" = ANY(${[...vmIds]}::int[]) AND "backupConfig"->'leftOut'->>'reason' IS NOT NULL
      AND coalesce(("backupConfig"->'leftOut'->>'until')::float8 > ${now}::float8, true)`;
  return new Set(rows.map((row) => row.id));
}

async function select(tx: Tx, owner: Actor, rule: VmSelection): Promise<{ id: number; jobId: number | null }[]> {
  const right = await rightFor(tx, owner, MEMBER_OPERATION);
  const rows = await tx.vm.findMany({
    where: {
      state: { not: "DONE" },
      ...(rule.ownerIds.length === 0 ? {} : { uid: { in: rule.ownerIds } }),
      ...(rule.groupIds.length === 0 ? {} : { gid: { in: rule.groupIds } }),
      ...(rule.hostIds.length === 0 ? {} : { hostId: { in: rule.hostIds } }),
    },
    orderBy: { id: "asc" },
    select: {
      id: true,
      uid: true,
      gid: true,
      hostId: true,
      permissions: true,
      name: true,
      userTemplate: true,
      backupConfig: true,
    },
  });
  return rows
    .filter((vm) => mayByPermissions(owner, vm, right))
    .filter((vm) => isSelected(selectable(vm), rule))
    .map((vm) => ({ id: vm.id, jobId: (vm.backupConfig as { backupJobId?: number | null }).backupJobId ?? null }));
}

/** A VM's row as rules see it; the template was written by the core. */
export function selectable(vm: {
  name: string;
  uid: number;
  gid: number;
  hostId: number;
  userTemplate: Prisma.JsonValue;
}): SelectableVm {
  const labels = labelsOf(text(vm.userTemplate as Template, "LABELS"));
  return { name: vm.name, ownerId: vm.uid, groupId: vm.gid, hostId: vm.hostId, labels };
}

async function readVm(tx: Tx, vmId: number) {
  await tx.$queryRaw`SELECT "id" FROM "Vm" WHERE "id" = ${vmId} FOR UPDATE`;
  const row = await tx.vm.findUnique({ where: { id: vmId } });
  return row === null || row.state === "DONE" ? null : parseVm(row);
}

async function exists(tx: Tx, jobId: number): Promise<boolean> {
  return (await tx.backupJob.findUnique({ where: { id: jobId }, select: { id: true } })) !== null;
}
