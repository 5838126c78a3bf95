import { type Sql, sql } from "../../db/sql";
import type { Actor } from "../../domain/actor";
import { DEFAULT_RPO_HOURS } from "../../domain/protection";

/** `visibleTo` for a table named by `alias` in SQL of our own: what the actor may USE. */
export function visibleSql(actor: Actor, columns: { uid: Sql; gid: Sql; permissions: Sql }): Sql {
  if (actor.isAdmin) return sql`true`;
  const { uid, gid, permissions } = columns;
  return sql`(${uid} = ${actor.userId} OR (${gid} = ANY(${actor.groupIds}::int[]) AND ${permissions} & 32 <> 0)
    OR ${permissions} & 4 <> 0)`;
}

/**
 * A SELECT of what the inventory knows of each living VM the actor may USE, without its documents: its newest
 * good point, and an index look-up for its last backup. Points count while their image is READY.
 *
 * `protection` is one word for how a VM is protected, worst first: a failed last run is shown although another one is
 * running, since a running backup must never hide a failure. A cancelled run is no failure. What is left out with a reason
 * needs nobody, unless it is protected all the same. `settled` is the same without regard to what runs now.
 * @param only these VMs alone; null for all
 */
export function factsSql(actor: Actor, now: number, only: readonly number[] | null): Sql {
  const job = visibleSql(actor, { uid: sql`j."uid"`, gid: sql`j."gid"`, permissions: sql`j."permissions"` });
  const vm = visibleSql(actor, { uid: sql`v."uid"`, gid: sql`v."gid"`, permissions: sql`v."permissions"` });
  const at = sql`${new Date(now)}::timestamp`;
  const chosen = only === null ? sql`true` : sql`v."id" = ANY(${[...only]}::int[])`;
  return sql`
    SELECT s.*, CASE WHEN "runningActionId" IS NOT NULL AND "settled" <> 'failing' THEN 'running' ELSE "settled" END AS "protection"
    FROM (
      SELECT f.*, CASE
          WHEN "lastRunState" IS DISTINCT FROM 'FAILED' AND ${at} - "newestPointAt" <= make_interval(mins => "rpoMinutes")
            THEN 'protected'
          WHEN "excludedReason" IS NOT NULL THEN 'excluded'
          WHEN "lastRunState" = 'FAILED' THEN 'failing'
          WHEN "newestPointAt" IS NULL THEN 'never'
          ELSE 'late' END AS "settled"
      FROM (
        SELECT v."id", v."name", v."state", u."name" AS "ownerName", g."name" AS "groupName", h."name" AS "hostName", v."uid",
          p."newestPointAt", r."id" AS "lastRunId", r."state" AS "lastRunState", r."endedAt" AS "lastRunAt",
          CASE WHEN r."state" = 'FAILED' THEN r."error" END AS "lastError", o."id" AS "runningActionId",
          own.minutes AS "ownRpo", (j."policy"->>'rpoMinutes')::int AS "jobRpo",
          coalesce(own.minutes, (j."policy"->>'rpoMinutes')::int, ${DEFAULT_RPO_HOURS * 60}::int) AS "rpoMinutes",
          j."id" AS "jobId", CASE WHEN ${job} THEN j."name" END AS "jobName",
          CASE WHEN own.reason IS NOT NULL AND coalesce(own.until > ${now}::float8, true) THEN own.reason
            WHEN j."id" IS NULL THEN x."reason" END AS "excludedReason",
          CASE WHEN own.until > ${now}::float8 THEN own.until END AS "excludedUntil"
        FROM "Vm" v
        CROSS JOIN LATERAL (SELECT (v."backupConfig"->>'rpoMinutes')::int AS minutes,
          v."backupConfig"->'leftOut'->>'reason' AS reason, (v."backupConfig"->'leftOut'->>'until')::float8 AS until) own
        LEFT JOIN "BackupJob" j ON j."id" = (v."backupConfig"->>'backupJobId')::int
        LEFT JOIN "User" u ON u."id" = v."uid"
        LEFT JOIN "Group" g ON g."id" = v."gid"
        LEFT JOIN "Host" h ON h."id" = v."hostId"
        ${newestSql(only)}
        LEFT JOIN LATERAL (
          SELECT "id", "state", "endedAt", "error" FROM "Action"
          WHERE "vmId" = v."id" AND "kind" = 'backup' AND "state" IN ('DONE', 'FAILED')
          ORDER BY "id" DESC LIMIT 1) r ON true
        LEFT JOIN (
          SELECT "vmId", max("id") AS "id" FROM "Action"
          WHERE "state" IN ('PENDING', 'RUNNING') AND "kind" = 'backup' GROUP BY "vmId") o ON o."vmId" = v."id"
        LEFT JOIN (
          SELECT (e->>'vmId')::int AS "vmId", min(e->>'reason') AS "reason"
          FROM "BackupJob" j, jsonb_array_elements(j."policy"->'exclusions') e WHERE ${job} GROUP BY 1) x ON x."vmId" = v."id"
        WHERE v."state" <> 'DONE' AND ${vm} AND ${chosen}
      ) f
    ) s`;
}

/** The newest good point of each VM: added up once for all of them, looked up for each of a few. */
function newestSql(only: readonly number[] | null): Sql {
  if (only === null) {
    return sql`LEFT JOIN (
      SELECT i."vmId", max(n."at") AS "newestPointAt" FROM "Image" i JOIN (
        SELECT "imageId", max("at") AS "at" FROM "Increment"
        WHERE "broken" IS NULL AND "verification" <> 'failed' GROUP BY 1) n ON n."imageId" = i."id"
      WHERE i."type" = 'BACKUP' AND i."state" = 'READY' GROUP BY 1) p ON p."vmId" = v."id"`;
  }
  return sql`LEFT JOIN LATERAL (
    SELECT max(n."at") AS "newestPointAt" FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id"
    WHERE i."vmId" = v."id" AND i."type" = 'BACKUP' AND i."state" = 'READY'
      AND n."broken" IS NULL AND n."verification" <> 'failed') p ON true`;
}
