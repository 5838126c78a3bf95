import type { Prisma } from "../db/client";
import { containing } from "../db/contains";
import { type AuditExport, AuditFilter, AuditInput, type AuditRow } from "../domain/audit";
import type { Page } from "../domain/ids";
import { csvText } from "../lib/csv";
import type { Ctx } from "./context";

const EXPORTED = 10_000;

/** A page of the audit log, newest first: all of it for administrators, their own entries for others. */
export async function listAudit(ctx: Ctx, raw: AuditInput): Promise<Page<AuditRow>> {
  const { offset, limit, ...filter } = AuditInput.parse(raw);
  const where = entriesOf(ctx, filter);
  const [rows, total] = await Promise.all([
    ctx.core.db.auditEntry.findMany({ where, orderBy: { id: "desc" }, skip: offset, take: limit }),
    ctx.core.db.auditEntry.count({ where }),
  ]);
  return { rows: rows.map(toRow), total };
}

/** The newest 10,000 entries of a filter as CSV. */
export async function exportAudit(ctx: Ctx, raw: AuditFilter): Promise<AuditExport> {
  const where = entriesOf(ctx, AuditFilter.parse(raw));
  const rows = await ctx.core.db.auditEntry.findMany({ where, orderBy: { id: "desc" }, take: EXPORTED + 1 });
  const lines = rows
    .slice(0, EXPORTED)
    .map(toRow)
    .map((row) => [
      new Date(row.at).toISOString(),
      row.userId,
      row.userName,
      row.what,
      row.object,
      row.objectId,
      row.result,
      row.details,
    ]);
  return {
    csv: csvText(["time", "user id", "user", "what", "object", "object id", "result", "details"], lines),
    isComplete: rows.length <= EXPORTED,
  };
}

function entriesOf(ctx: Ctx, { search, userId, object, objectId, from, to }: AuditFilter): Prisma.AuditEntryWhereInput {
  const contains = search === undefined ? undefined : containing(search);
  return {
    AND: [
      ctx.actor.isAdmin ? {} : { userId: ctx.actor.userId },
      contains === undefined ? {} : { OR: [{ what: contains }, { userName: contains }, { object: contains }] },
      userId === undefined ? {} : { userId },
      object === undefined ? {} : { object },
      objectId === undefined ? {} : { objectId },
      from === undefined ? {} : { at: { gte: new Date(from) } },
      to === undefined ? {} : { at: { lt: new Date(to) } },
    ],
  };
}

function toRow({ id, at, data, ...row }: Prisma.AuditEntryModel): AuditRow {
  const details = JSON.stringify(data);
  return { ...row, id: String(id), at: at.getTime(), details: details === "{}" ? "" : details };
}
