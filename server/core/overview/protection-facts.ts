import { sql } from "../../db/sql";
import { CURVE_ENDS, type ProtectionFacts, TESTED_DAYS, VERIFIED_DAYS } from "../../domain/protection-facts";
import type { Ctx } from "../context";
import { factsSql } from "../vm/facts-sql";

const DAY_MS = 86_400_000;

interface FactsRow {
  vms: number;
  never: number;
  bars: Record<string, number> | null;
  verified: number;
  tested: number;
}

/** Age of the newest points against their targets, and what was checked lately. One query whatever the number of VMs. */
export async function readProtectionFacts(ctx: Ctx): Promise<ProtectionFacts> {
  const now = ctx.core.clock.now();
  const since = (days: number) => sql`${new Date(now - days * DAY_MS)}::timestamp`;
  const [row] = await ctx.core.db.$queryRaw<FactsRow[]>(sql`
    WITH facts AS MATERIALIZED (${factsSql(ctx.actor, now, null)}),
    ages AS (
      SELECT width_bucket(
        extract(epoch FROM ${new Date(now)}::timestamp - "newestPointAt")::float8 / 60 / "rpoMinutes",
        ${[...CURVE_ENDS]}::float8[]) AS bar
      FROM facts WHERE "newestPointAt" IS NOT NULL),
    bars AS (SELECT bar, count(*)::int AS n FROM ages GROUP BY bar),
    points AS (
      SELECT i."vmId", n."verification", n."verifiedAt", b."verdict", b."at" AS "bootedAt"
      FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id"
      LEFT JOIN "BootCheck" b ON b."imageId" = n."imageId" AND b."incrementId" = n."id"
      WHERE i."type" = 'BACKUP' AND n."broken" IS NULL
        AND (n."verifiedAt" >= ${since(VERIFIED_DAYS)} OR b."at" >= ${since(TESTED_DAYS)})),
    restores AS (
      SELECT i."vmId" FROM "Action" a JOIN "Image" i ON i."id" = a."imageId"
      WHERE a."kind" IN ('restore', 'restore-in-place') AND a."state" = 'DONE' AND a."endedAt" >= ${since(TESTED_DAYS)})
    SELECT count(*)::int AS "vms", (count(*) FILTER (WHERE "newestPointAt" IS NULL))::int AS "never",
      (SELECT jsonb_object_agg(bar, n) FROM bars) AS "bars",
      (count(*) FILTER (WHERE "id" IN (
        SELECT "vmId" FROM points WHERE "verification" = 'verified' AND "verifiedAt" >= ${since(VERIFIED_DAYS)}
          AND "vmId" IS NOT NULL)))::int AS "verified",
      (count(*) FILTER (WHERE "id" IN (
        SELECT "vmId" FROM points WHERE "verdict" = 'alive' AND "bootedAt" >= ${since(TESTED_DAYS)} AND "vmId" IS NOT NULL
        UNION ALL SELECT "vmId" FROM restores WHERE "vmId" IS NOT NULL)))::int AS "tested"
    FROM facts`);
  const { bars = null, vms = 0, never = 0, verified = 0, tested = 0 } = row ?? {};
  return {
    ...{ vms, never, verified, tested },
    curve: Array.from({ length: CURVE_ENDS.length + 1 }, (_, bar) => bars?.[String(bar)] ?? 0),
  };
}
