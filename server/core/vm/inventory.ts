import { z } from "zod";
import { joinSql, type Sql, sql } from "../../db/sql";
import { type Page, PageInput } from "../../domain/ids";
import { type FacetField, PROTECTIONS, type VmFacets, type VmRow } from "../../domain/vm";
import { parseVmQuery, vmQueryText } from "../../domain/vm-query";
import type { Ctx } from "../context";
import { type FactsRow, toFacts, type VmFacts } from "./facts";
import { factsSql } from "./facts-sql";
import { toVmRows } from "./inventory-rows";
import { searchSql } from "./search-sql";

export const VmListInput = PageInput.extend({
  search: z.string().max(500).optional(),
  protection: z.enum(PROTECTIONS).optional(),
});
type VmListInput = z.infer<typeof VmListInput>;
export const VmSearch = VmListInput.pick({ search: true, protection: true });
type VmSearch = z.infer<typeof VmSearch>;

/** Most VMs that are chosen at once by a search. */
const MAX_CHOSEN = 10_000;
/** Values of a facet, the most frequent first. */
const FACET_VALUES = 12;

/** A page of the inventory: search, order and page are the database's; seven queries whatever the number of VMs. */
export async function listVms(ctx: Ctx, input: VmListInput): Promise<Page<VmRow>> {
  const direction = input.descending ? sql`DESC` : sql`ASC`;
  const rows = await ctx.core.db.$queryRaw<(FactsRow & { total: bigint })[]>(sql`
    ${foundSql(ctx, input)}
    SELECT found.*, (SELECT count(*) FROM found) AS "total" FROM found ${storedSql(input.sort)}
    ORDER BY ${orderOf(input.sort)} ${direction}, "id" ${direction}
    LIMIT ${input.limit} OFFSET ${input.offset}`);
  const total = rows[0] === undefined && input.offset > 0 ? await countVms(ctx, input) : Number(rows[0]?.total ?? 0n);
  return { rows: await toVmRows(ctx, rows.map(toFacts)), total };
}

async function countVms(ctx: Ctx, input: VmSearch): Promise<number> {
  const rows = await ctx.core.db.$queryRaw<{ total: bigint }[]>(sql`
    ${foundSql(ctx, input)} SELECT count(*) AS "total" FROM found`);
  return Number(rows[0]?.total ?? 0n);
}

/** The ids of all that a search finds, by name; at most MAX_CHOSEN. */
export async function chooseVms(ctx: Ctx, input: VmSearch): Promise<number[]> {
  const rows = await ctx.core.db.$queryRaw<{ id: number }[]>(sql`
    ${foundSql(ctx, input)} SELECT "id" FROM found ORDER BY "name", "id" LIMIT ${MAX_CHOSEN}`);
  return rows.map((row) => row.id);
}

/** Facts of all that a search finds, by name; at most MAX_CHOSEN. */
export async function findVmFacts(ctx: Ctx, input: VmSearch): Promise<VmFacts[]> {
  const rows = await ctx.core.db.$queryRaw<FactsRow[]>(sql`
    ${foundSql(ctx, input)} SELECT * FROM found ORDER BY "name", "id" LIMIT ${MAX_CHOSEN}`);
  return rows.map(toFacts);
}

/** `WITH facts …, found …`: what the search finds. */
function foundSql(ctx: Ctx, input: VmSearch): Sql {
  const { terms } = parseVmQuery(vmQueryText(input));
  return sql`
    WITH facts AS MATERIALIZED (${factsSql(ctx.actor, ctx.core.clock.now(), null)}),
    found AS MATERIALIZED (
      SELECT f.* FROM facts f JOIN "Vm" v ON v."id" = f."id" WHERE ${searchSql(terms, ctx.actor.userId)})`;
}

/** Only an order by what is stored has to add it up for every VM that was found. */
function storedSql(sort: string | undefined): Sql {
  if (sort !== "storedBytes" && sort !== "pointCount") return sql``;
  return sql`LEFT JOIN (
    SELECT i."vmId", count(*) AS points, sum(n."storedBytes") AS bytes
    FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id" AND n."id" >= 0
    WHERE i."type" = 'BACKUP' AND i."state" = 'READY' GROUP BY 1) stored ON stored."vmId" = found."id"`;
}

function orderOf(sort: string | undefined): Sql {
  switch (sort) {
    case "name":
      return sql`lower("name")`;
    case "protection":
      return sql`array_position(${[...PROTECTIONS]}::text[], "protection")`;
    case "newestPointAt":
      return sql`coalesce("newestPointAt", to_timestamp(0)::timestamp)`;
    case "storedBytes":
      return sql`coalesce(stored.bytes, 0)`;
    case "pointCount":
      return sql`coalesce(stored.points, 0)`;
    default:
      return sql`"id"`;
  }
}

/** `counts`: the column that says whether a row counts. */
const FACETS: readonly { field: FacetField; counts: Sql; value: Sql }[] = [
  { field: "status", counts: sql`"ofStatus"`, value: sql`"protection"` },
  { field: "job", counts: sql`"ofJob"`, value: sql`CASE WHEN "jobId" IS NULL THEN 'none' ELSE "jobName" END` },
  { field: "owner", counts: sql`"ofOwner"`, value: sql`"ownerName"` },
  { field: "group", counts: sql`"ofGroup"`, value: sql`"groupName"` },
  { field: "host", counts: sql`"ofHost"`, value: sql`"hostName"` },
];

/**
 * How many VMs each value of a facet has, of those that the rest of the search finds: what a click on it would show. One
 * query.
 */
export async function readVmFacets(ctx: Ctx, input: VmSearch): Promise<VmFacets> {
  const { terms } = parseVmQuery(vmQueryText(input));
  const marks = FACETS.map(({ field, counts }) => sql`(${searchSql(terms, ctx.actor.userId, field)}) AS ${counts}`);
  const facets = FACETS.map(
    ({ field, counts, value }) => sql`
    (SELECT ${field} AS "field", ${value} AS "value", count(*) AS "count" FROM marked
     WHERE ${counts} AND ${value} IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT ${FACET_VALUES})`,
  );
  const rows = await ctx.core.db.$queryRaw<{ field: FacetField; value: string; count: bigint }[]>(sql`
    WITH facts AS MATERIALIZED (${factsSql(ctx.actor, ctx.core.clock.now(), null)}),
    marked AS MATERIALIZED (SELECT f.*, ${joinSql(marks)} FROM facts f JOIN "Vm" v ON v."id" = f."id")
    ${joinSql(facets, " UNION ALL ")}`);
  const of = (field: FacetField) =>
    rows.filter((row) => row.field === field).map(({ value, count }) => ({ value, count: Number(count) }));
  return { status: of("status"), job: of("job"), owner: of("owner"), group: of("group"), host: of("host") };
}
