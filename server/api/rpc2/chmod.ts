import { changePermissions } from "../../core/access/commands";
import { readPermissions } from "../../core/access/queries";
import type { Ctx } from "../../core/context";
import type { OwnedKind } from "../../domain/user";
import { RpcError } from "./fault";
import type { Arguments } from "./method";

/** The nine parameters of a chmod, -1 leaving a bit as it is (jobs-api-cli §4.2.7). */
export async function changeMode(ctx: Ctx, kind: OwnedKind, id: number, args: Arguments): Promise<void> {
  let permissions = await readPermissions(ctx, kind, id);
  for (let place = 0; place < 9; place++) {
    const value = args.int(place + 1, "permission");
    if (value < -1 || value > 1) throw new RpcError("RPC_API", "New permission values must be -1, 0 or 1");
    const bit = 1 << (8 - place);
    if (value === 1) permissions |= bit;
    if (value === 0) permissions &= ~bit;
  }
  await changePermissions(ctx, { kind, id, permissions });
}
