import { containing } from "../db/contains";
import { type Sql, sql } from "../db/sql";
import { FindInput, type FoundObject } from "../domain/search";
import { visibleTo } from "./authorize";
import type { Ctx } from "./context";
import { visibleSql } from "./vm/facts-sql";

/** Of each kind. */
const SHOWN = 6;

/**
 * VMs, jobs, backups, datastores and hosts that the actor may use, by a part of their name or by their number; VMs by an
 * address or a label too. Six queries, six objects of each kind, the closest first: names of VMs and jobs are also found
 * by some of their letters in order ("db01" finds db-prod-01). Backups are found by the name of their VM, also when that
 * is gone.
 */
export async function findObjects(ctx: Ctx, raw: FindInput): Promise<FoundObject[]> {
  const { text } = FindInput.parse(raw);
  const { db } = ctx.core;
  const contains = containing(text);
  const id = /^#?\d{1,9}$/.test(text) ? Number(text.replace("#", "")) : null;
  const where = { AND: [visibleTo(ctx.actor), { OR: [{ name: contains }, ...(id === null ? [] : [{ id }])] }] };
  const some = { take: SHOWN, orderBy: { name: "asc" }, select: { id: true, name: true } } as const;
  const [vms, jobs, datastores, hosts, backups] = await Promise.all([
    findVms(ctx, text, id),
    findJobs(ctx, text, id),
    db.datastore.findMany({ where, ...some }),
    ctx.actor.isAdmin ? db.host.findMany({ where: { name: contains }, ...some }) : [],
    db.image.findMany({
      where: {
        AND: [visibleTo(ctx.actor), { type: "BACKUP", OR: [{ vmName: contains }, ...(id === null ? [] : [{ id }])] }],
      },
      take: SHOWN,
      orderBy: { id: "desc" },
      select: { id: true, name: true, vmName: true, vmId: true },
    }),
  ]);
  const vmIds = backups.flatMap((backup) => backup.vmId ?? []);
  const alive = await db.vm.findMany({ where: { id: { in: vmIds }, state: { not: "DONE" } }, select: { id: true } });
  const named = (kind: FoundObject["kind"], rows: readonly { id: number; name: string; hint?: string | null }[]) =>
    rows.map(({ id: objectId, name, hint = null }) => {
      const vmId = kind === "vm" ? objectId : null;
      return { kind, id: objectId, name, vmId, hint, isGone: false };
    });
  return [
    ...named("vm", vms),
    ...named("job", jobs),
    ...backups.map((backup) => ({
      kind: "backup" as const,
      id: backup.id,
      name: backup.vmName ?? backup.name,
      vmId: backup.vmId,
      hint: null,
      isGone: !alive.some((vm) => vm.id === backup.vmId),
    })),
    ...named("datastore", datastores),
    ...named("host", hosts),
  ];
}

interface Ranked {
  id: number;
  name: string;
  hint: string | null;
}

async function findVms(ctx: Ctx, text: string, id: number | null): Promise<Ranked[]> {
  const visible = visibleSql(ctx.actor, { uid: sql`v."uid"`, gid: sql`v."gid"`, permissions: sql`v."permissions"` });
  const lower = text.toLowerCase();
  const isAddress = /^[\da-f]*[.:][\da-f.:]*$/.test(lower);
  const address = isAddress
    ? sql`(SELECT min(n->>'IP') FROM jsonb_array_elements(v."template"->'NIC') n WHERE starts_with(n->>'IP', ${lower}))`
    : sql`NULL::text`;
  return await ctx.core.db.$queryRaw<Ranked[]>(sql`
    SELECT "id", "name", CASE WHEN "rank" = 4 THEN "hint" END AS "hint" FROM (
      SELECT f.*, coalesce(${rankOf(sql`"name"`, lower, id)}, CASE WHEN "hint" IS NOT NULL THEN 4 END,
        ${lettersOf(sql`"name"`, lower)}) AS "rank"
      FROM (
        SELECT v."id", v."name", coalesce(${address}, (
          SELECT min(trim(l)) FROM unnest(string_to_array(v."userTemplate"->'LABELS'->>0, ',')) l
          WHERE lower(trim(l)) = ${lower})) AS "hint"
        FROM "Vm" v WHERE v."state" <> 'DONE' AND ${visible}
      ) f
    ) ranked WHERE "rank" IS NOT NULL ORDER BY "rank", lower("name"), "id" LIMIT ${SHOWN}`);
}

async function findJobs(ctx: Ctx, text: string, id: number | null): Promise<Ranked[]> {
  const visible = visibleSql(ctx.actor, { uid: sql`j."uid"`, gid: sql`j."gid"`, permissions: sql`j."permissions"` });
  const lower = text.toLowerCase();
  return await ctx.core.db.$queryRaw<Ranked[]>(sql`
    SELECT "id", "name", NULL AS "hint" FROM (
      SELECT j."id", j."name", coalesce(${rankOf(sql`j."name"`, lower, id)}, ${lettersOf(sql`j."name"`, lower)}) AS "rank"
      FROM "BackupJob" j WHERE ${visible}
    ) ranked WHERE "rank" IS NOT NULL ORDER BY "rank", lower("name"), "id" LIMIT ${SHOWN}`);
}

/** How close a name is, 0 the closest; NULL when the text is no part of it. */
function rankOf(name: Sql, lower: string, id: number | null): Sql {
  return sql`CASE WHEN lower(${name}) = ${lower} OR "id" = ${id}::int THEN 0
    WHEN starts_with(lower(${name}), ${lower}) THEN 1 WHEN position(${lower} IN lower(${name})) > 0 THEN 2 END`;
}

/** 5 when the letters of the text are in the name in their order; of two letters most names would have them. */
function lettersOf(name: Sql, lower: string): Sql {
  const letters = [...lower.replace(/[\s_-]/g, "")];
  if (letters.length < 3) return sql`NULL::int`;
  const pattern = `%${letters.map((letter) => letter.replace(/[\\%_]/g, "\\$&")).join("%")}%`;
  return sql`CASE WHEN lower(${name}) LIKE ${pattern} THEN 5 END`;
}
