import { mayByPermissions } from "../../domain/permissions";
import type { AccessView, OwnedKind } from "../../domain/user";
import type { Ctx } from "../context";
import { readNames } from "../owners";
import { authorizeOwned } from "./commands";
import { lockDocument } from "./locking";

/** The nine bits of an object that the actor may manage. */
export async function readPermissions(ctx: Ctx, kind: OwnedKind, id: number): Promise<number> {
  return (await authorizeOwned(ctx.core.db, ctx, "MANAGE", kind, id)).permissions;
}

/** Owner, group and rights of an object that the actor may use, and what of it they may change. */
export async function readAccess(ctx: Ctx, kind: OwnedKind, id: number): Promise<AccessView> {
  const object = await authorizeOwned(ctx.core.db, ctx, "USE", kind, id);
  const { name, uid, gid, permissions } = object;
  const lock = lockDocument({ lockLevel: 0, lockOwner: null, lockedAt: null, ...object });
  const owners = [{ uid, gid }, ...(lock === null ? [] : [{ uid: lock.ownerId, gid }])];
  const names = await readNames(ctx.core.db, owners);
  const may = (right: "MANAGE" | "ADMIN") => mayByPermissions(ctx.actor, { uid, gid, permissions }, right);
  return {
    name,
    ownerId: uid,
    ownerName: names.user(uid),
    groupId: gid,
    groupName: names.group(gid),
    permissions,
    may: { manage: may("MANAGE"), admin: may("ADMIN") },
    lock:
      lock === null
        ? null
        : {
            level: lock.level,
            ownerName: names.user(lock.ownerId),
            at: lock.at,
            mayChange: may("MANAGE") && (ctx.actor.isAdmin || lock.ownerId === ctx.actor.userId),
          },
  };
}
