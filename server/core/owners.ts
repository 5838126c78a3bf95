import type { Db } from "../db/tx";

export interface Names {
  user: (id: number) => string;
  group: (id: number) => string;
}

/** Names of the owners and groups of some rows: two queries whatever their number. */
export async function readNames(db: Db, rows: readonly { uid: number; gid: number }[]): Promise<Names> {
  const uids = [...new Set(rows.map((row) => row.uid))];
  const gids = [...new Set(rows.map((row) => row.gid))];
  // One after the other: `db` may be a transaction, which is one connection.
  const users = await db.user.findMany({ where: { id: { in: uids } }, select: { id: true, name: true } });
  const groups = await db.group.findMany({ where: { id: { in: gids } }, select: { id: true, name: true } });
  const userNames = new Map(users.map((user) => [user.id, user.name]));
  const groupNames = new Map(groups.map((group) => [group.id, group.name]));
  return { user: (id) => userNames.get(id) ?? String(id), group: (id) => groupNames.get(id) ?? String(id) };
}
