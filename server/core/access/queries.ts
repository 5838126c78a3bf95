import type { OwnedKind } from "../../domain/user";
import type { Ctx } from "../context";
import { authorizeOwned } from "./commands";

/** The nine bits of an object that the actor may manage. */
export async function readPermissions(ctx: Ctx, kind: OwnedKind, id: number): Promise<number> {
  return (await authorizeOwned(ctx.core.db, ctx, "MANAGE", kind, id)).permissions;
}
