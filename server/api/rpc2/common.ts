import { changeOwner } from "../../core/access/commands";
import { renameObject } from "../../core/access/rename";
import type { OwnedKind } from "../../domain/user";
import { changeMode } from "./chmod";
import { RpcError } from "./fault";
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
      const [id, name] = [idOf(args, spoken), rpcName(args.text(1, "name"))];
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

const NOT_IN_NAMES = /[&|:\\";/'#{}$<>\t\n\v\f\r]/;
const MAX_NAME = 128;

/** The name, when the reference takes it, with its messages in its order (jobs-api-cli §4.2.6). */
function rpcName(name: string): string {
  const wrong = (message: string) => new RpcError("INTERNAL", `Invalid NAME, ${message}`);
  if (name === "") throw wrong("it cannot be empty");
  const [sign] = NOT_IN_NAMES.exec(name) ?? [];
  if (sign !== undefined) throw wrong(`char '${sign}' is not allowed`);
  if (name.length > MAX_NAME) throw wrong(`max length is ${MAX_NAME} chars`);
  return name;
}
