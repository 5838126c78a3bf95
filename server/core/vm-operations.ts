import { toJson } from "../db/json";
import { parseStored } from "../db/stored";
import type { Db } from "../db/tx";
import { withTx } from "../db/tx";
import type { Actor } from "../domain/actor";
import { appError } from "../domain/errors";
import type { Owned, Right } from "../domain/permissions";
import { mayByPermissions } from "../domain/permissions";
import { Template } from "../domain/template";
import {
  DEFAULT_VM_OPERATION_RIGHTS,
  type VmOperation,
  VmOperationRights,
  vmOperationRight,
  vmOperationsOf,
} from "../domain/vm-operations";
import { writeAudit } from "./audit";
import { existingVm, type Lockable, requireAdmin, requireRight, requireUnlocked } from "./authorize";
import type { Ctx } from "./context";
import { appendEvent } from "./event/append";

/** Name of the setting that holds VM_ADMIN_OPERATIONS, VM_MANAGE_OPERATIONS and VM_USE_OPERATIONS. */
const SETTING = "vmOperations";

/** The one place that says which right an operation on a VM needs: the user's lists, the group's, the system's. */
export async function rightFor(db: Db, actor: Actor, operation: VmOperation): Promise<Right> {
  return vmOperationRight(operation, await readLayers(db, actor));
}

/**
 * Throw unless `actor` may carry out `operation` on a VM that was read already, and no lock forbids it. A backup that
 * a schedule or a job began ignores locks: they keep people from the VM, not its backups from being made.
 */
export async function requireVmOperation(
  db: Db,
  actor: Actor,
  operation: VmOperation,
  vm: Owned & Lockable & { id: number },
  options: { ignoreLock?: boolean } = {},
): Promise<void> {
  // Administrators pass everything but a lock: what needs no look at the lists does without.
  if (actor.isAdmin && (vm.lockLevel === 0 || options.ignoreLock === true)) return;
  const right = await rightFor(db, actor, operation);
  requireRight(actor, right, vm, { object: "VM", id: vm.id });
  if (options.ignoreLock !== true) await requireUnlocked(db, right, vm, { object: "VM", id: vm.id });
}

/** Load a VM that still exists and check that `actor` may carry out `operation` on it, and that no lock forbids it. */
export async function authorizeVmOperation(db: Db, actor: Actor, operation: VmOperation, vmId: number) {
  const vm = await existingVm(db, vmId);
  await requireVmOperation(db, actor, operation, vm);
  return vm;
}

/** Which of `operations` the actor may carry out on a VM, and the right that each needs: for the UI's why-not. */
export async function allowedOperations<O extends VmOperation>(
  db: Db,
  actor: Actor,
  operations: readonly O[],
  vm: Owned,
): Promise<Record<O, { may: boolean; right: Right }>> {
  const layers = await readLayers(db, actor);
  const entries = operations.map((operation) => {
    const right = vmOperationRight(operation, layers);
    return [operation, { may: mayByPermissions(actor, vm, right), right }] as const;
  });
  return Object.fromEntries(entries) as Record<O, { may: boolean; right: Right }>; // one entry for each O
}

/** The system's lists of now. */
export async function readVmOperationRights(db: Db): Promise<VmOperationRights> {
  const row = await db.setting.findUnique({ where: { name: SETTING } });
  const parsed = VmOperationRights.safeParse(row?.value);
  return parsed.success ? parsed.data : DEFAULT_VM_OPERATION_RIGHTS;
}

/** Change the system's lists. Only administrators; an operation in two lists would be a riddle. */
export async function setVmOperationRights(ctx: Ctx, raw: VmOperationRights): Promise<void> {
  requireAdmin(ctx.actor, "say which rights operations on VMs need");
  const rights = VmOperationRights.parse(raw);
  const all = [...rights.admin, ...rights.manage, ...rights.use];
  const twice = all.find((name, index) => all.indexOf(name) !== index);
  if (twice !== undefined) throw appError("INVALID_INPUT", { message: `"${twice}" stands in the lists twice.` });
  await withTx(ctx.core.db, async (tx) => {
    const value = toJson(rights);
    await tx.setting.upsert({ where: { name: SETTING }, create: { name: SETTING, value }, update: { value } });
    await writeAudit(tx, ctx.actor, { what: "set-vm-operations", object: "system", objectId: 0, data: rights });
    await appendEvent(tx, { topic: "system", objectId: 0, type: "settings" });
  });
}

async function readLayers(db: Db, actor: Actor): Promise<Partial<VmOperationRights>[]> {
  // One after the other: `db` may be a transaction, which is one connection.
  const user = await db.user.findUnique({ where: { id: actor.userId }, select: { template: true } });
  // The primary group comes first among an actor's groups.
  const groupId = actor.groupIds[0] ?? -1;
  const group = await db.group.findUnique({ where: { id: groupId }, select: { template: true } });
  const system = await readVmOperationRights(db);
  return [...[user, group].map((row) => vmOperationsOf(parseStored(Template, row?.template ?? {}))), system];
}
