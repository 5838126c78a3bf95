import { visibleTo } from "../../core/authorize";
import type { Ctx } from "../../core/context";
import { RpcError } from "./fault";
import type { Arguments } from "./method";

export interface PoolQuery {
  where: object;
  skip?: number;
  take?: number;
}

/**
 * The filter, the range and the page of a pool call (jobs-api-cli §4.2.8): parameters `first`, `first + 1`, `first + 2`.
 * Ids descend, and offsets of pages count in that order.
 */
export function poolQuery(ctx: Ctx, args: Arguments, first = 0): PoolQuery {
  const flag = poolFlag(args.intOr(first, -2));
  const start = args.intOr(first + 1, -1);
  const end = args.intOr(first + 2, -1);
  const owner = ownerFilter(ctx, flag);
  if (end < -1) {
    return { where: { AND: [visibleTo(ctx.actor), owner] }, skip: Math.max(0, start), take: Math.min(-end, 100_000) };
  }
  const ids = {
    ...(start > 0 ? { gte: Math.min(start, 2_147_483_647) } : {}),
    ...(end >= 0 && start >= 0 ? { lte: Math.min(end, 2_147_483_647) } : {}),
  };
  const range = Object.keys(ids).length === 0 ? {} : { id: ids };
  return { where: { AND: [flag === -3 ? {} : visibleTo(ctx.actor), owner, range] } };
}

/** The filter flag, when it is one. */
export function poolFlag(flag: number): number {
  if (flag < -4) throw new RpcError("RPC_API", "Incorrect filter_flag");
  return flag;
}

function ownerFilter(ctx: Ctx, flag: number): object {
  const { userId, groupIds } = ctx.actor;
  if (flag === -4) return { gid: groupIds[0] ?? -1 };
  if (flag === -3) return { uid: userId };
  if (flag === -1) return { OR: [{ uid: userId }, { gid: { in: groupIds } }] };
  if (flag >= 0) return { uid: Math.min(flag, 2_147_483_647) };
  return {};
}
