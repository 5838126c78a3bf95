import { type Db, type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import type { Right } from "../../domain/permissions";
import { ChangeOwner, ChangePermissions, type OwnedKind } from "../../domain/user";
import { writeAudit } from "../audit";
import { authorizeDatastore, authorizeImage, authorizeNetwork, authorizeTemplate, authorizeVm } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { authorizeJob } from "../job/authorize";
import { lockImage } from "../lock";
import { changeQuota } from "../quota/commands";

/** Bits that only the ADMIN right may change: owner_a, group_a, other_a (jobs-api-cli §4.2.7). */
const ADMIN_BITS = 0o111;

/** Change the nine permission bits of an object: MANAGE, or ADMIN when an admin bit changes. */
export async function changePermissions(ctx: Ctx, raw: ChangePermissions): Promise<void> {
  const { kind, id, permissions } = ChangePermissions.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    const object = await authorizeOwned(tx, ctx, "MANAGE", kind, id);
    if (((object.permissions ^ permissions) & ADMIN_BITS) !== 0) await authorizeOwned(tx, ctx, "ADMIN", kind, id);
    await updateOwned(tx, kind, id, { permissions });
    await writeAudit(tx, ctx.actor, {
      what: "chmod",
      object: kind,
      objectId: id,
      data: { from: object.permissions, to: permissions },
    });
    await appendEvent(tx, { topic: kind, objectId: id, type: "access" });
  });
}

/**
 * Give an object to another user or group: MANAGE on it, and only administrators may choose an owner other than
 * themselves or a group that they are not in. An image takes its quota use along: QUOTA_EXCEEDED when the new owner or
 * group has no room for it.
 */
export async function changeOwner(ctx: Ctx, raw: ChangeOwner): Promise<void> {
  const { kind, id, userId, groupId } = ChangeOwner.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    if (kind === "image") await lockImage(tx, id); // its size must not change between the two quotas
    const object = await authorizeOwned(tx, ctx, "MANAGE", kind, id);
    const isForeign =
      (userId !== null && userId !== ctx.actor.userId) || (groupId !== null && !ctx.actor.groupIds.includes(groupId));
    if (isForeign && !ctx.actor.isAdmin) throw appError("ADMIN_ONLY", { what: "give objects to others" });
    if (userId !== null && (await tx.user.findUnique({ where: { id: userId }, select: { id: true } })) === null) {
      throw appError("NOT_FOUND", { object: "user", id: userId });
    }
    if (groupId !== null && (await tx.group.findUnique({ where: { id: groupId }, select: { id: true } })) === null) {
      throw appError("NOT_FOUND", { object: "group", id: groupId });
    }
    const uid = userId ?? object.uid;
    const gid = groupId ?? object.gid;
    await refuseSameName(tx, kind, { ...object, uid });
    await updateOwned(tx, kind, id, { uid, gid });
    if (kind === "image") await moveQuota(tx, id, object, { uid, gid });
    await writeAudit(tx, ctx.actor, { what: "chown", object: kind, objectId: id, data: { uid, gid } });
    await appendEvent(tx, { topic: kind, objectId: id, type: "access" });
  });
}

interface Ownership {
  uid: number;
  gid: number;
}

interface OwnedRow extends Ownership {
  id: number;
  name: string;
  permissions: number;
}

/** Load an object of any kind and check `right` on it. */
export async function authorizeOwned(tx: Db, ctx: Ctx, right: Right, kind: OwnedKind, id: number): Promise<OwnedRow> {
  switch (kind) {
    case "vm":
      return await authorizeVm(tx, ctx.actor, right, id);
    case "image":
      return await authorizeImage(tx, ctx.actor, right, id);
    case "datastore":
      return await authorizeDatastore(tx, ctx.actor, right, id);
    case "template":
      return await authorizeTemplate(tx, ctx.actor, right, id);
    case "network":
      return await authorizeNetwork(tx, ctx.actor, right, id);
    case "job":
      return await authorizeJob(tx, ctx.actor, right, id);
  }
}

/** Change what all kinds of objects have. Checks nothing. */
export async function updateOwned(
  tx: Tx,
  kind: OwnedKind,
  id: number,
  data: { name?: string; permissions?: number; uid?: number; gid?: number },
): Promise<{ id: number }> {
  switch (kind) {
    case "vm":
      return await tx.vm.update({ where: { id }, data, select: { id: true } });
    case "image":
      return await tx.image.update({ where: { id }, data, select: { id: true } });
    case "datastore":
      return await tx.datastore.update({ where: { id }, data, select: { id: true } });
    case "template":
      return await tx.vmTemplate.update({ where: { id }, data, select: { id: true } });
    case "network":
      return await tx.virtualNetwork.update({ where: { id }, data, select: { id: true } });
    case "job":
      return await tx.backupJob.update({ where: { id }, data, select: { id: true } });
  }
}

/** Account an image to its new owner and group. Where one of them stays nothing moves: 0 is not accounted. */
async function moveQuota(tx: Tx, imageId: number, from: Ownership, to: Ownership): Promise<void> {
  const { datastoreId, sizeMb } = await tx.image.findUniqueOrThrow({
    where: { id: imageId },
    select: { datastoreId: true, sizeMb: true },
  });
  const changed = (one: Ownership, other: Ownership) => ({
    uid: one.uid === other.uid ? 0 : one.uid,
    gid: one.gid === other.gid ? 0 : one.gid,
  });
  await changeQuota(tx, changed(from, to), datastoreId, { sizeMb: -sizeMb, images: -1 });
  await changeQuota(tx, changed(to, from), datastoreId, { sizeMb, images: 1 });
}

/** Names are unique per owner, but for VMs. @throws NAME_TAKEN */
export async function refuseSameName(tx: Tx, kind: OwnedKind, object: OwnedRow): Promise<void> {
  const where = { uid: object.uid, name: object.name, id: { not: object.id } };
  const count =
    kind === "image"
      ? await tx.image.count({ where })
      : kind === "datastore"
        ? await tx.datastore.count({ where })
        : kind === "template"
          ? await tx.vmTemplate.count({ where })
          : kind === "network"
            ? await tx.virtualNetwork.count({ where })
            : kind === "job"
              ? await tx.backupJob.count({ where })
              : 0;
  if (count > 0) throw appError("NAME_TAKEN", { object: kind, name: object.name });
}
