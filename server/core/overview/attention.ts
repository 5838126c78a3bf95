import { sql } from "../../db/sql";
import type { OverviewView } from "../../domain/overview";
import type { Ctx } from "../context";
import { factsSql } from "../vm/facts-sql";
import { readDamage } from "./damage";

/** Causes that are shown, the worst and most frequent first, and the VMs named with each. */
const CAUSES = 20;
const NAMED = 5;

interface GroupRow {
  settled: keyof OverviewView["vms"];
  cause: string | null;
  count: bigint;
  vms: { id: number; name: string }[] | null;
  actionId: number | null;
  since: Date | null;
}

const CAUSE_OF = {
  failing: "The last backup failed",
  late: "The newest restore point is older than the RPO",
  never: "Never backed up",
} as const;

/**
 * How many VMs are in each state, and those that need someone, grouped by what is wrong: one cause is one thing to mend.
 * Errors that differ in numbers alone, those of disks or sizes, are one cause, told in the words of the first. A newest
 * point that cannot be restored goes before all else, an older one after it. Two queries, and an answer that does not
 * grow with the VMs.
 */
export async function readAttention(
  ctx: Ctx,
  now: number,
): Promise<Pick<OverviewView, "vms" | "attention" | "damaged">> {
  const damage = await readDamage(ctx);
  const rows = await ctx.core.db.$queryRaw<GroupRow[]>(sql`
    WITH facts AS MATERIALIZED (${factsSql(ctx.actor, now, null)}),
    kinds AS (SELECT *, regexp_replace("lastError", '[0-9]+', '#', 'g') AS "kind" FROM facts),
    named AS (SELECT *, row_number() OVER (PARTITION BY "settled", "kind" ORDER BY "id") AS n FROM kinds)
    SELECT "settled", (array_agg("lastError" ORDER BY "id"))[1] AS "cause", count(*) AS "count",
      jsonb_agg(jsonb_build_object('id', "id", 'name', "name") ORDER BY "id") FILTER (WHERE n <= ${NAMED}::int) AS "vms",
      (array_agg("lastRunId" ORDER BY "id"))[1] AS "actionId",
      min(CASE WHEN "settled" = 'failing' THEN "lastRunAt" ELSE "newestPointAt" END) AS "since"
    FROM named GROUP BY "settled", "kind" ORDER BY "count" DESC, "cause"`);
  const vms = { total: 0, protected: 0, late: 0, failing: 0, never: 0, excluded: 0 };
  for (const { settled, count } of rows) {
    vms[settled] += Number(count);
    vms.total += Number(count);
  }
  const attention = (["failing", "never", "late"] as const).flatMap((state) =>
    rows
      .filter((row) => row.settled === state)
      .map((row) => ({
        cause: row.cause ?? CAUSE_OF[state],
        state,
        isUrgent: false,
        count: Number(row.count),
        vms: row.vms ?? [],
        actionId: state === "failing" ? row.actionId : null,
        since: row.since?.getTime() ?? null,
      })),
  );
  const urgent = damage.filter((group) => group.isUrgent);
  const older = damage.filter((group) => !group.isUrgent);
  return {
    vms,
    damaged: urgent.reduce((sum, group) => sum + group.count, 0),
    attention: [...urgent, ...attention.slice(0, CAUSES), ...older],
  };
}
