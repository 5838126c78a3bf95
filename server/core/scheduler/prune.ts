import type { PrismaClient } from "../../db/client";

/** Browsers resume the live stream from an event id; none sleeps longer than a session and keeps its page. */
const EVENT_DAYS = 7;
/** Log lines are most of what a run weighs; the run itself, its phases and its result stay a year. */
const LOG_DAYS = 90;
const ACTION_DAYS = 365;
/** One row a datastore and day; the trend looks at less. */
const CAPACITY_DAYS = 400;
/** Steps of ended workflows are only read while the workflow runs. */
const WORKFLOW_DAYS = 7;
/** Rows of one statement: some tens of milliseconds of row locks. The rest waits for the next pass. */
const BATCH = 20_000;

export interface Pruned {
  events: number;
  logLines: number;
  actions: number;
  workflows: number;
  capacityDays: number;
}

/**
 * Delete what nobody reads any more, a bounded number of rows of each kind. By the database's clock, which also wrote
 * most of these times. Restore points keep the number of the run that made them, also when the run is gone.
 */
export async function prune(db: PrismaClient): Promise<Pruned> {
  const events = await db.$executeRaw`
    DELETE FROM "Event" WHERE "id" IN (
      SELECT "id" FROM "Event" WHERE "at" < now() - make_interval(days => ${EVENT_DAYS}::int) ORDER BY "at" LIMIT ${BATCH})`;
  const logLines = await db.$executeRaw`
    DELETE FROM "ActionLog" WHERE "id" IN (
      SELECT l."id" FROM "Action" a JOIN "ActionLog" l ON l."actionId" = a."id"
      WHERE a."endedAt" < now() - make_interval(days => ${LOG_DAYS}::int) LIMIT ${BATCH})`;
  const actions = await db.$executeRaw`
    DELETE FROM "Action" WHERE "id" IN (
      SELECT "id" FROM "Action" WHERE "state" IN ('DONE', 'FAILED', 'CANCELLED')
        AND "endedAt" < now() - make_interval(days => ${ACTION_DAYS}::int) LIMIT ${BATCH})`;
  const capacityDays = await db.$executeRaw`
    DELETE FROM "DatastoreDay" WHERE "day" < now() - make_interval(days => ${CAPACITY_DAYS}::int)`;
  const workflows = await db.$executeRaw`
    DELETE FROM dbos.workflow_status WHERE workflow_uuid IN (
      SELECT workflow_uuid FROM dbos.workflow_status WHERE status IN ('SUCCESS', 'ERROR', 'CANCELLED')
        AND created_at < (extract(epoch FROM now()) - ${WORKFLOW_DAYS}::int * 86400) * 1000 LIMIT ${BATCH})`;
  return { events, logLines, actions, workflows, capacityDays };
}
