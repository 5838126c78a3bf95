import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { type QuotaRow, SetQuota } from "../../domain/quota";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";

/**
 * Set what a user or group may store in a datastore. A limit below what is used already deletes nothing: it refuses what
 * would grow. User 0 and group 0 are not accounted, so they have no limits.
 */
export async function setQuota(ctx: Ctx, raw: SetQuota): Promise<void> {
  requireAdmin(ctx.actor, "set quotas");
  const { subject, subjectId, datastoreId, ...limits } = SetQuota.parse(raw);
  if (subjectId === 0) {
    throw appError("INVALID_INPUT", { message: `The ${subject} oneadmin is not accounted, so it has no quota.` });
  }
  await withTx(ctx.core.db, async (tx) => {
    const where = { where: { id: subjectId }, select: { id: true } };
    const found = subject === "user" ? await tx.user.findUnique(where) : await tx.group.findUnique(where);
    if (found === null) throw appError("NOT_FOUND", { object: subject, id: subjectId });
    const datastore = await tx.datastore.findUnique({ where: { id: datastoreId }, select: { id: true } });
    if (datastore === null) throw appError("NOT_FOUND", { object: "datastore", id: datastoreId });
    await tx.datastoreQuota.upsert({
      where: { subject_subjectId_datastoreId: { subject, subjectId, datastoreId } },
      create: { subject, subjectId, datastoreId, ...limits },
      update: limits,
    });
    const data = { subject, subjectId, datastoreId, ...limits };
    await writeAudit(tx, ctx.actor, { what: "set-quota", object: subject, objectId: subjectId, data });
    await appendEvent(tx, { topic: "user", objectId: subjectId, type: "quota" });
  });
}

/** Quotas that the actor may see: all for an administrator, else their own and those of their groups. */
export async function listQuotas(ctx: Ctx): Promise<QuotaRow[]> {
  const { db } = ctx.core;
  const { userId, groupIds, isAdmin } = ctx.actor;
  const own = [
    { subject: "user", subjectId: userId },
    { subject: "group", subjectId: { in: groupIds } },
  ];
  const rows = await db.datastoreQuota.findMany({
    where: isAdmin ? {} : { OR: own },
    orderBy: [{ subject: "desc" }, { subjectId: "asc" }, { datastoreId: "asc" }],
  });
  const ids = (subject: string) => rows.filter((row) => row.subject === subject).map((row) => row.subjectId);
  const select = { id: true, name: true };
  const [users, groups, datastores] = await Promise.all([
    db.user.findMany({ where: { id: { in: ids("user") } }, select }),
    db.group.findMany({ where: { id: { in: ids("group") } }, select }),
    db.datastore.findMany({ where: { id: { in: rows.map((row) => row.datastoreId) } }, select }),
  ]);
  const nameIn = (list: { id: number; name: string }[], id: number) =>
    list.find((each) => each.id === id)?.name ?? String(id);
  return rows.map((row) => ({
    ...row,
    subject: row.subject === "group" ? "group" : "user",
    subjectName: nameIn(row.subject === "group" ? groups : users, row.subjectId),
    datastoreName: nameIn(datastores, row.datastoreId),
  }));
}
