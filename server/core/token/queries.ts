import type { TokenKind, TokenRow, TokenScope } from "../../domain/access-token";
import type { Ctx } from "../context";

/** One's own tokens that have not ended, newest first. */
export async function listTokens(ctx: Ctx): Promise<TokenRow[]> {
  const rows = await ctx.core.db.accessToken.findMany({
    where: {
      userId: ctx.actor.userId,
      OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(ctx.core.clock.now()) } }],
    },
    orderBy: { id: "desc" },
  });
  const groupIds = rows.flatMap((row) => row.groupId ?? []);
  const groups = await ctx.core.db.group.findMany({
    where: { id: { in: groupIds } },
    select: { id: true, name: true },
  });
  const names = new Map(groups.map((group) => [group.id, group.name]));
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as TokenKind,
    name: row.name,
    start: row.start,
    scope: row.scope as TokenScope,
    groupId: row.groupId,
    groupName: row.groupId === null ? null : (names.get(row.groupId) ?? `group ${row.groupId} (gone)`),
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt?.getTime() ?? null,
    lastUsedAt: row.lastUsedAt?.getTime() ?? null,
  }));
}

/** The groups that a token of one's own can be limited to. */
export async function listOwnGroups(ctx: Ctx): Promise<{ id: number; name: string }[]> {
  const where = { id: { in: ctx.actor.groupIds } };
  return await ctx.core.db.group.findMany({ where, select: { id: true, name: true }, orderBy: { id: "asc" } });
}
