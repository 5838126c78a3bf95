import type { Db } from "../db/tx";
import type { Actor } from "../domain/actor";
import { appError } from "../domain/errors";
import { mayByPermissions, type Owned, type Right } from "../domain/permissions";

/** Throw unless `actor` has `right` on the object. */
export function requireRight(actor: Actor, right: Right, object: Owned, what: { object: string; id: number }): void {
  if (!mayByPermissions(actor, object, right)) throw appError("NOT_AUTHORIZED", { right, ...what });
}

/** Throw unless `actor` is an administrator; `what` completes "Only an administrator may …". */
export function requireAdmin(actor: Actor, what: string): void {
  if (!actor.isAdmin) throw appError("ADMIN_ONLY", { what });
}

/** OpenNebula's numbers of the rights: a lock of level L forbids those with a number of L or more (§4.2.7). */
const RIGHT_NUMBER: Readonly<Record<Right, number>> = { USE: 1, MANAGE: 2, ADMIN: 4 };

export interface Lockable {
  /** 0 none, 1 use, 2 manage, 3 admin. */
  lockLevel: number;
  lockOwner: number | null;
}

/** Throw when a lock forbids what needs `right`; it stops administrators too. */
export async function requireUnlocked(
  db: Db,
  right: Right,
  row: Lockable,
  what: { object: string; id: number },
): Promise<void> {
  if (row.lockLevel === 0 || RIGHT_NUMBER[right] < row.lockLevel) return;
  const owner =
    row.lockOwner === null ? null : await db.user.findUnique({ where: { id: row.lockOwner }, select: { name: true } });
  throw appError("OBJECT_LOCKED", { ...what, ownerName: owner?.name ?? "somebody" });
}

/*
 * Of the three below, USE looks: it ignores locks, as the reference's info calls do. What uses an object calls
 * `requireUnlocked` as well.
 */

/** Load a VM that still exists; checks no right. */
export async function existingVm(db: Db, vmId: number) {
  const vm = await db.vm.findUnique({ where: { id: vmId } });
  if (vm === null || vm.state === "DONE") throw appError("NOT_FOUND", { object: "VM", id: vmId });
  return vm;
}

/** Load a VM that still exists and check `right` on it. */
export async function authorizeVm(db: Db, actor: Actor, right: Right, vmId: number) {
  const vm = await existingVm(db, vmId);
  requireRight(actor, right, vm, { object: "VM", id: vmId });
  if (right !== "USE") await requireUnlocked(db, right, vm, { object: "VM", id: vmId });
  return vm;
}

/** Load an image and check `right` on it. */
export async function authorizeImage(db: Db, actor: Actor, right: Right, imageId: number) {
  const image = await db.image.findUnique({ where: { id: imageId } });
  if (image === null) throw appError("NOT_FOUND", { object: "image", id: imageId });
  requireRight(actor, right, image, { object: "image", id: imageId });
  if (right !== "USE") await requireUnlocked(db, right, image, { object: "image", id: imageId });
  return image;
}

/** Load a datastore and check `right` on it. */
export async function authorizeDatastore(db: Db, actor: Actor, right: Right, datastoreId: number) {
  const datastore = await db.datastore.findUnique({ where: { id: datastoreId } });
  if (datastore === null) throw appError("NOT_FOUND", { object: "datastore", id: datastoreId });
  requireRight(actor, right, datastore, { object: "datastore", id: datastoreId });
  return datastore;
}

/** Load a VM template and check `right` on it. */
export async function authorizeTemplate(db: Db, actor: Actor, right: Right, templateId: number) {
  const template = await db.vmTemplate.findUnique({ where: { id: templateId } });
  if (template === null) throw appError("NOT_FOUND", { object: "template", id: templateId });
  requireRight(actor, right, template, { object: "template", id: templateId });
  if (right !== "USE") await requireUnlocked(db, right, template, { object: "template", id: templateId });
  return template;
}

/** Load a virtual network and check `right` on it. */
export async function authorizeNetwork(db: Db, actor: Actor, right: Right, networkId: number) {
  const network = await db.virtualNetwork.findUnique({ where: { id: networkId } });
  if (network === null) throw appError("NOT_FOUND", { object: "network", id: networkId });
  requireRight(actor, right, network, { object: "network", id: networkId });
  return network;
}

/** SQL filter for what `actor` may USE, for list queries. */
export function visibleTo(actor: Actor) {
  if (actor.isAdmin) return {};
  return {
    OR: [
      { uid: actor.userId },
      // The USE bit of group and other: permission values are small, so the sets are listed.
      { gid: { in: actor.groupIds }, permissions: { in: WITH_GROUP_USE } },
      { permissions: { in: WITH_OTHER_USE } },
    ],
  };
}

const ALL_PERMISSIONS = Array.from({ length: 0o1000 }, (_, bits) => bits);
const WITH_GROUP_USE = ALL_PERMISSIONS.filter((bits) => (bits & 0o040) !== 0);
const WITH_OTHER_USE = ALL_PERMISSIONS.filter((bits) => (bits & 0o004) !== 0);
