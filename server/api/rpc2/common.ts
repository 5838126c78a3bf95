import { changeOwner } from "../../core/access/commands";
import { renameObject } from "../../core/access/rename";
import type { OwnedKind } from "../../domain/user";
import { changeMode } from "./chmod";
import { type Arguments, existingId, type RpcMethod, type RpcMethods } from "./method";

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

/** The first parameter as an id that may exist. */
export function idOf(args: Arguments, object: string): number {
  return existingId(args.int(0, "id"), object);
}
