import { sql } from "../../db/sql";
import { type StoreFacts, storeState, type WriteSpeed } from "../../domain/datastore-facts";
import type { Ctx } from "../context";
import { readCapacityHistory } from "./history";
import { healthOf } from "./queries";

/** Backups into a datastore that its speed is judged by, and how many of them are the latest. */
const SPEEDS = 60;
const LATEST = 5;
/** Older backups say nothing about today. */
const RECENT_MS = 90 * 86_400_000;
/** What a smaller backup takes says more about the network's patience than about its speed. */
const MIN_BYTES = 8 * 1024 * 1024;

interface Contents {
  id: number;
  vmCount: number;
  damaged: number;
  verifiedAt: Date | null;
}
interface Speed extends WriteSpeed {
  id: number;
}
interface Last {
  id: number;
  actionId: number;
  state: string;
  error: string | null;
  endedAt: Date | null;
}

/** Health, growth, speed and checks of every backup datastore that the actor may USE; six queries whatever their number. */
export async function readStoreFacts(ctx: Ctx): Promise<StoreFacts[]> {
  const { db } = ctx.core;
  const capacities = await readCapacityHistory(ctx);
  const ids = capacities.map((store) => store.id);
  const recent = new Date(ctx.core.clock.now() - RECENT_MS);
  const [rows, contents, speeds, lasts] = await Promise.all([
    db.datastore.findMany({ where: { id: { in: ids } } }),
    db.$queryRaw<Contents[]>(sql`
      SELECT i."datastoreId" AS "id", count(DISTINCT i."vmId")::int AS "vmCount", max(n."verifiedAt") AS "verifiedAt",
        (count(*) FILTER (WHERE n."broken" IS NOT NULL OR n."verification" = 'failed'))::int AS "damaged"
      FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id"
      WHERE i."type" = 'BACKUP' AND i."datastoreId" = ANY(${ids}::int[]) GROUP BY 1`),
    readSpeeds(ctx, ids, recent),
    db.$queryRaw<Last[]>(sql`
      SELECT d."id", a."id" AS "actionId", a."state", a."error", a."endedAt"
      FROM unnest(${ids}::int[]) d("id") CROSS JOIN LATERAL (
        SELECT "id", "state", "error", "endedAt" FROM "Action"
        WHERE "datastoreId" = d."id" AND "kind" = 'backup' AND "state" IN ('DONE', 'FAILED') AND "createdAt" > ${recent}::timestamp ORDER BY "id" DESC LIMIT 1) a`),
  ]);
  return capacities.flatMap(({ id, trend }) => {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) return [];
    const found = contents.find((each) => each.id === id);
    const speed = speeds.find((each) => each.id === id);
    const last = lasts.find((each) => each.id === id);
    const facts = {
      trend,
      speed: speed === undefined ? null : { typical: speed.typical, latest: speed.latest, count: speed.count },
      lastFailure:
        last?.state === "FAILED"
          ? { actionId: last.actionId, error: last.error ?? "", at: last.endedAt?.getTime() ?? 0 }
          : null,
    };
    const state = storeState(healthOf(row), facts);
    // What stopped somebody else's backup is told where it is about the datastore.
    const isTold = ctx.actor.isAdmin || state === "locked" || state === "read-only";
    return {
      id,
      trend,
      speed: facts.speed,
      lastFailure: isTold ? facts.lastFailure : null,
      state,
      vmCount: found?.vmCount ?? 0,
      verifiedAt: found?.verifiedAt?.getTime() ?? null,
      damaged: found?.damaged ?? 0,
      isEncrypted: row.dsMad === "restic",
    };
  });
}

/** Bytes a second of the latest backups, while they were uploaded. */
async function readSpeeds({ core }: Ctx, ids: readonly number[], recent: Date): Promise<Speed[]> {
  return await core.db.$queryRaw<Speed[]>(sql`
    SELECT "id", count(*)::int AS "count", percentile_cont(0.5) WITHIN GROUP (ORDER BY "speed") AS "typical",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY "speed") FILTER (WHERE n <= ${LATEST}::int) AS "latest"
    FROM (
      SELECT d."id", a."bytes" / t."seconds" AS "speed", row_number() OVER (PARTITION BY d."id" ORDER BY a."id" DESC) AS n
      FROM unnest(${[...ids]}::int[]) d("id")
      CROSS JOIN LATERAL (
        SELECT "id", "bytes"::float8 AS "bytes", "progress" FROM "Action"
        WHERE "datastoreId" = d."id" AND "kind" = 'backup' AND "state" = 'DONE' AND "bytes" >= ${MIN_BYTES}::int
          AND "createdAt" > ${recent}::timestamp
        ORDER BY "id" DESC LIMIT ${SPEEDS}::int) a
      CROSS JOIN LATERAL (
        SELECT sum((p->>'endedAt')::float8 - (p->>'startedAt')::float8) / 1000 AS "seconds"
        FROM jsonb_array_elements(a."progress"->'phases') p
        WHERE p->>'phase' = 'uploading' AND p->>'endedAt' IS NOT NULL) t
      WHERE t."seconds" > 0
    ) s GROUP BY "id"`);
}
