import type { SystemView } from "../../domain/overview";
import type { Ctx } from "../context";
import { currentLeader } from "../leader/lease";

/** Facts of the header: who am I, who leads, which version and zone. */
export async function getSystem(ctx: Ctx): Promise<SystemView> {
  const leader = await currentLeader(ctx.core.db);
  const { nodeName, version, zone } = ctx.core.config;
  return {
    version,
    nodeName,
    leader: leader === null ? null : { nodeName: leader, isThisNode: leader === nodeName },
    user: { id: ctx.actor.userId, name: ctx.actor.name, isAdmin: ctx.actor.isAdmin },
    zone,
  };
}
