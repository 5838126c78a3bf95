import type { Prisma } from "../../db/client";
import { containing } from "../../db/contains";
import { parseStored } from "../../db/stored";
import type { Page, PageInput } from "../../domain/ids";
import { Template } from "../../domain/template";
import type { VmTemplateRow } from "../../domain/vm-template";
import { authorizeTemplate, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { type Names, readNames } from "../owners";

/** VM templates that the actor may use, newest first. */
export async function listTemplates(ctx: Ctx, input: PageInput): Promise<Page<VmTemplateRow>> {
  const where: Prisma.VmTemplateWhereInput = {
    AND: [visibleTo(ctx.actor), input.search === undefined ? {} : { name: containing(input.search) }],
  };
  const [rows, total] = await Promise.all([
    ctx.core.db.vmTemplate.findMany({ where, orderBy: { id: "desc" }, skip: input.offset, take: input.limit }),
    ctx.core.db.vmTemplate.count({ where }),
  ]);
  const names = await readNames(ctx.core.db, rows);
  return { rows: rows.map((row) => toRow(row, names)), total };
}

export async function getTemplate(ctx: Ctx, templateId: number): Promise<VmTemplateRow> {
  const row = await authorizeTemplate(ctx.core.db, ctx.actor, "USE", templateId);
  return toRow(row, await readNames(ctx.core.db, [row]));
}

function toRow(row: Prisma.VmTemplateModel, names: Names): VmTemplateRow {
  return {
    id: row.id,
    name: row.name,
    ownerName: names.user(row.uid),
    groupName: names.group(row.gid),
    registeredAt: row.registeredAt.getTime(),
    template: parseStored(Template, row.template),
  };
}
