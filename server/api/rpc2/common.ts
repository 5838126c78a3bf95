import { changeOwner } from "../../core/access/commands";
import { type LockableKind, lockObject } from "../../core/access/locking";
import { renameObject } from "../../core/access/rename";
import { updateTemplate } from "../../core/access/template";
import type { Ctx } from "../../core/context";
import { AppError } from "../../domain/errors";
import type { OwnedKind } from "../../domain/user";
import { changeMode } from "./chmod";
import { RpcError } from "./fault";
import { type Arguments, existingId, type RpcMethod, type RpcMethods } from "./method";
import { readTemplate } from "./template";

/** `one.<object>.chown`, `one.<object>.chmod` and, but for jobs, `one.<object>.rename`, which are alike for all objects. */
export function accessMethods(object: string, kind: OwnedKind, spoken: string): RpcMethods {
  const chown: RpcMethod = {
    params: "i id, i uid, i gid",
    async run(ctx, args) {
      const [id, userId, groupId] = [idOf(args, spoken), args.int(1, "uid"), args.int(2, "gid")];
      await changeOwner(ctx, {
        kind,
        id,
        userId: userId === -1 ? null : existingId(userId, "user"),
        groupId: groupId === -1 ? null : existingId(groupId, "group"),
      });
      return id;
    },
  };
  const chmod: RpcMethod = {
    params: "i id, 9 × i",
    async run(ctx, args) {
      const id = idOf(args, spoken);
      await changeMode(ctx, kind, id, args);
      return id;
    },
  };
  if (kind === "job") return { [`one.${object}.chown`]: chown, [`one.${object}.chmod`]: chmod };
  const rename: RpcMethod = {
    params: "i id, s name",
    async run(ctx, args) {
      const [id, name] = [idOf(args, spoken), args.text(1, "name")];
      await renameObject(ctx, { kind, id, name });
      return id;
    },
  };
  return { [`one.${object}.chown`]: chown, [`one.${object}.chmod`]: chmod, [`one.${object}.rename`]: rename };
}

interface LockCall {
  id: number;
  /** 0 unlocks. */
  level: number;
  isTest: boolean;
}

/** `one.<object>.lock` and `.unlock`, which are alike for all objects that can be locked (jobs-api-cli §4.2.7). */
export function lockMethods(
  object: string,
  spoken: string,
  lock: (ctx: Ctx, call: LockCall) => Promise<void>,
): RpcMethods {
  const refusedAs = async (message: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (error instanceof AppError && error.code === "OBJECT_LOCKED") throw new RpcError("ACTION", message);
      throw error;
    }
  };
  return {
    [`one.${object}.lock`]: {
      params: "i id, i level [, b test=false]",
      async run(ctx, args) {
        const [id, level] = [idOf(args, spoken), args.int(1, "level")];
        if (level < 1 || level > 4) throw new RpcError("ACTION", "Wrong lock level specified");
        const call = { id, level, isTest: args.booleanOr(2, false) };
        await refusedAs("Error trying to lock the resource.", () => lock(ctx, call));
        return id;
      },
    },
    [`one.${object}.unlock`]: {
      params: "i id",
      async run(ctx, args) {
        const id = idOf(args, spoken);
        const words = "Cannot unlock: Lock is owned by another user";
        await refusedAs(words, () => lock(ctx, { id, level: 0, isTest: false }));
        return id;
      },
    },
  };
}

/** Locks, and `one.<object>.update` of the user's attributes, which are alike for VMs, images and templates. */
export function attributeMethods(object: string, kind: LockableKind, spoken: string, differs: string): RpcMethods {
  return {
    ...lockMethods(object, spoken, (ctx, call) => lockObject(ctx, { kind, ...call })),
    [`one.${object}.update`]: {
      params: "i id, s template [, i type=0]",
      differs,
      async run(ctx, args) {
        const id = idOf(args, spoken);
        await updateTemplate(ctx, {
          kind,
          id,
          template: readTemplate(args.text(1, "template")),
          mode: updateMode(args),
        });
        return id;
      },
    },
  };
}

/** The third parameter of an update: 0 replaces, 1 appends. */
export function updateMode(args: Arguments): "replace" | "append" {
  const type = args.intOr(2, 0);
  if (type !== 0 && type !== 1) throw new RpcError("RPC_API", "Wrong update type");
  return type === 0 ? "replace" : "append";
}

/** The first parameter as an id that may exist. */
export function idOf(args: Arguments, object: string): number {
  return existingId(args.int(0, "id"), object);
}
