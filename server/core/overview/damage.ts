import { type Sql, sql } from "../../db/sql";
import type { OverviewView } from "../../domain/overview";
import type { Ctx } from "../context";
import { visibleSql } from "../vm/facts-sql";

/** Causes of each urgency that are shown, and the VMs named with each: the remedies are for these. */
const CAUSES = 10;
const NAMED = 20;

type Group = OverviewView["attention"][number];

interface DamageRow {
  state: "damaged" | "silent";
  isUrgent: boolean;
  cause: string;
  count: bigint;
  vms: Group["vms"];
  since: Date | null;
}

/**
 * VMs with points that a check found damaged, or whose last boot check saw no sign of life, grouped by what was found. It
 * is urgent when no good point is newer: that is what a restore of tonight would use. One query over the bad points alone;
 * a VM stands in one group, its worst, and the urgent groups come first.
 */
export async function readDamage(ctx: Ctx): Promise<Group[]> {
  const vm = visibleSql(ctx.actor, { uid: sql`v."uid"`, gid: sql`v."gid"`, permissions: sql`v."permissions"` });
  const rows = await ctx.core.db.$queryRaw<DamageRow[]>(sql`
    WITH bad AS (${damagedSql()} UNION ALL ${silentSql()}),
    judged AS (
      SELECT b.*, v."name", regexp_replace(b."cause", '[0-9]+', '#', 'g') AS "kind", g."at" IS NULL OR g."at" <= b."at" AS "isUrgent",
        v."backupConfig"->>'mode' = 'INCREMENT' AND (v."backupConfig"->>'incrementalBackupId')::int = b."imageId" AS "isOpen"
      FROM bad b JOIN "Vm" v ON v."id" = b."vmId"
      LEFT JOIN LATERAL (
        SELECT max(n."at") AS "at" FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id"
        WHERE i."vmId" = b."vmId" AND i."type" = 'BACKUP' AND i."state" = 'READY'
          AND n."broken" IS NULL AND n."expiredAt" IS NULL AND n."verification" <> 'failed') g ON true
      WHERE v."state" <> 'DONE' AND ${vm}),
    named AS (SELECT *, row_number() OVER (PARTITION BY "state", "isUrgent", "kind" ORDER BY "vmId") AS n
      FROM (SELECT DISTINCT ON ("vmId") * FROM judged ORDER BY "vmId", "isUrgent" DESC, "state") worst)
    SELECT "state", "isUrgent", (array_agg("cause" ORDER BY "vmId"))[1] AS "cause", count(*) AS "count", min("since") AS "since",
      jsonb_agg(jsonb_build_object('id', "vmId", 'name', "name", 'point',
        jsonb_build_object('imageId', "imageId", 'incrementId', "incrementId", 'isOpen', "isOpen")) ORDER BY "vmId")
        FILTER (WHERE n <= ${NAMED}::int) AS "vms"
    FROM named GROUP BY "state", "isUrgent", "kind" ORDER BY "isUrgent" DESC, "count" DESC, "cause" LIMIT ${CAUSES}::int`);
  return rows.map(({ count, since, ...row }) => ({
    ...row,
    count: Number(count),
    actionId: null,
    since: since?.getTime() ?? null,
  }));
}

/** The newest damaged point of each VM, with what was found in the point that the damage is in. */
function damagedSql(): Sql {
  return sql`(
    SELECT DISTINCT ON (i."vmId") 'damaged' AS "state", i."vmId", n."imageId", n."id" AS "incrementId", n."at",
      coalesce(r."verificationNote", n."verificationNote", n."broken", '') AS "cause", coalesce(r."verifiedAt", n."verifiedAt") AS "since"
    FROM "Increment" n JOIN "Image" i ON i."id" = n."imageId"
    LEFT JOIN "Increment" r ON r."imageId" = n."imageId" AND r."id" = n."brokenBy"
    WHERE i."type" = 'BACKUP' AND i."state" IN ('READY', 'LOCKED') AND (n."broken" IS NOT NULL OR n."verification" = 'failed')
    ORDER BY i."vmId", n."at" DESC, n."imageId" DESC, n."id" DESC)`;
}

/** The last boot check of each VM, if it saw nothing. */
function silentSql(): Sql {
  return sql`(
    SELECT 'silent' AS "state", "vmId", "imageId", "incrementId", "at", "cause", "since" FROM (
      SELECT DISTINCT ON (i."vmId") i."vmId", c."imageId", c."incrementId", n."at", c."verdict", c."detail" AS "cause", c."at" AS "since"
      FROM "BootCheck" c JOIN "Increment" n ON n."imageId" = c."imageId" AND n."id" = c."incrementId"
      JOIN "Image" i ON i."id" = c."imageId"
      WHERE i."type" = 'BACKUP' AND i."state" IN ('READY', 'LOCKED') AND n."broken" IS NULL AND n."verification" <> 'failed'
      ORDER BY i."vmId", c."at" DESC) last
    WHERE "verdict" = 'silent')`;
}
