import { lateSpans } from "../../domain/compliance";
import type { TimelineMarks } from "../../domain/timeline-marks";
import { authorizeVm } from "../authorize";
import type { Ctx } from "../context";
import { readVmFacts } from "./facts";

/** The newest of each kind; a timeline has no room for more. */
const MOST = 500;
const MINUTE_MS = 60_000;

/** What failed, what was missed, and when the VM had no point as young as its target asks. USE; four queries. */
export async function readVmMarks(ctx: Ctx, vmId: number): Promise<TimelineMarks> {
  const { db, clock } = ctx.core;
  await authorizeVm(db, ctx.actor, "USE", vmId);
  const now = clock.now();
  const [vm] = await readVmFacts(db, ctx.actor, now, [vmId]);
  const rpoMs = (vm?.target.rpoMinutes ?? 0) * MINUTE_MS;
  const [failed, missed, good] = await Promise.all([
    db.action.findMany({
      where: { vmId, kind: "backup", state: "FAILED", endedAt: { not: null } },
      orderBy: { id: "desc" },
      take: MOST,
      select: { id: true, endedAt: true, error: true },
    }),
    db.$queryRaw<{ at: number }[]>`
      SELECT DISTINCT ("data"->>'plannedAt')::float8 AS "at" FROM "AuditEntry"
      WHERE "what" = 'schedule-missed' AND (("object" = 'vm' AND "objectId" = ${vmId})
        OR ("object" = 'job' AND "objectId" = ${vm?.jobId ?? -1})) ORDER BY 1 DESC LIMIT ${MOST}`,
    // Runs and points both count: a run may have made a point that is merged by now.
    db.$queryRaw<{ at: Date }[]>`
      SELECT n."at" FROM "Image" i JOIN "Increment" n ON n."imageId" = i."id"
      WHERE i."type" = 'BACKUP' AND i."vmId" = ${vmId} AND n."verification" <> 'failed' AND n."broken" IS NULL
      UNION SELECT coalesce("startedAt", "createdAt") FROM "Action"
      WHERE "kind" = 'backup' AND "state" = 'DONE' AND "vmId" = ${vmId} ORDER BY 1`,
  ]);
  const times = good.map((row) => row.at.getTime());
  return {
    failed: failed.map((row) => ({ actionId: row.id, at: row.endedAt?.getTime() ?? 0, error: row.error })).reverse(),
    missed: [...missed].reverse(),
    late: rpoMs === 0 ? [] : lateSpans(times, rpoMs, now).slice(-MOST),
  };
}
