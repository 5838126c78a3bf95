import { z } from "zod";
import { type Db, type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { ObjectId } from "../../domain/ids";
import type { Owned } from "../../domain/permissions";
import type { LockDocument } from "../../domain/xml/shared";
import { writeAudit } from "../audit";
import { authorizeImage, authorizeTemplate, authorizeVm, type Lockable, requireRight } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";

/** What can be locked; backup jobs have a use case of their own, the rest cannot. */
const LOCKABLE_KINDS = ["vm", "image", "template"] as const;
export type LockableKind = (typeof LOCKABLE_KINDS)[number];

export const LockObject = z.object({
  kind: z.enum(LOCKABLE_KINDS),
  id: ObjectId,
  /** 0 none, 1 use, 2 manage, 3 admin, 4 all: the same as use. */
  level: z.number().int().min(0).max(4),
  /** Only when nobody has locked it yet. */
  isTest: z.boolean().default(false),
});
export type LockObject = z.input<typeof LockObject>;

const SPOKEN: Readonly<Record<LockableKind, string>> = { vm: "VM", image: "image", template: "template" };

/**
 * Lock an object against use, management or administration, administrators too, or unlock it: MANAGE, whatever lock
 * there is, and only the owner of that lock or an administrator changes it (jobs-api-cli §4.2.7).
 * @throws OBJECT_LOCKED
 */
export async function lockObject(ctx: Ctx, raw: LockObject): Promise<void> {
  const { kind, id, level, isTest } = LockObject.parse(raw);
  const lockLevel = level === 4 ? 1 : level;
  await withTx(ctx.core.db, async (tx) => {
    const object = await readLockable(tx, ctx, kind, id);
    const what = { object: SPOKEN[kind], id };
    requireRight(ctx.actor, "MANAGE", object, what);
    const isForeign = object.lockOwner !== ctx.actor.userId && !ctx.actor.isAdmin;
    if (object.lockLevel > 0 && (isForeign || isTest)) {
      throw appError("OBJECT_LOCKED", { ...what, ownerName: "another user" });
    }
    const lock =
      lockLevel === 0
        ? { lockLevel, lockOwner: null, lockedAt: null }
        : { lockLevel, lockOwner: ctx.actor.userId, lockedAt: new Date(ctx.core.clock.now()) };
    // Compare-and-set: of two at once the second would take over a lock that it has not seen.
    const where = { id, lockLevel: object.lockLevel, lockOwner: object.lockOwner };
    if ((await writeLock(tx, kind, where, lock)) !== 1) {
      throw appError("OBJECT_LOCKED", { ...what, ownerName: "another user" });
    }
    const name = lockLevel === 0 ? "unlock" : "lock";
    await writeAudit(tx, ctx.actor, { what: name, object: kind, objectId: id, data: { level: lockLevel } });
    await appendEvent(tx, { topic: kind, objectId: id, type: "access" });
  });
}

async function readLockable(db: Db, ctx: Ctx, kind: LockableKind, id: number): Promise<Owned & Lockable> {
  if (kind === "vm") return await authorizeVm(db, ctx.actor, "USE", id);
  if (kind === "image") return await authorizeImage(db, ctx.actor, "USE", id);
  return await authorizeTemplate(db, ctx.actor, "USE", id);
}

interface Lock extends Lockable {
  lockedAt: Date | null;
}

async function writeLock(tx: Tx, kind: LockableKind, where: Lockable & { id: number }, data: Lock): Promise<number> {
  if (kind === "vm") return (await tx.vm.updateMany({ where, data })).count;
  if (kind === "image") return (await tx.image.updateMany({ where, data })).count;
  return (await tx.vmTemplate.updateMany({ where, data })).count;
}

/** The LOCK of an object's document; null when it is not locked. */
export function lockDocument(row: Lock): LockDocument | null {
  if (row.lockLevel === 0) return null;
  return { level: row.lockLevel, ownerId: row.lockOwner ?? -1, at: row.lockedAt?.getTime() ?? 0, requestId: -1 };
}
