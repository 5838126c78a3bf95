import { SQL_NULL, toJson } from "../../db/json";
import { parseStored } from "../../db/stored";
import { type Db, withTx } from "../../db/tx";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { isInBlackout } from "../../domain/schedule/blackout";
import {
  planVerification,
  SetVerifyPolicy,
  type VerifyCandidate,
  VerifyPolicy,
  type VerifyScheduleView,
  type VerifyState,
} from "../../domain/verify-policy";
import { writeAudit } from "../audit";
import { authorizeDatastore } from "../authorize";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { appendEvent } from "../event/append";
import { lockDatastore } from "../lock";
import { readLimits, readSchedulerSettings } from "../settings";
import { enqueueScheduledVerify } from "./request";

const DAY_MS = 24 * 60 * 60_000;
/** Days that the coverage counts when nothing is scheduled. */
const COVERAGE_DAYS = 30;
/** What a check must not stand in the way of: it reads the same repository. */
const FIRST = ["backup", "restore", "restore-in-place", "image-create", "increment-flatten", "catalogue-import"];

/** Turn scheduled verification of a backup datastore on, off, or change it. Needs MANAGE. */
export async function setVerifyPolicy(ctx: Ctx, raw: SetVerifyPolicy): Promise<void> {
  const { datastoreId, policy } = SetVerifyPolicy.parse(raw);
  const { core, actor } = ctx;
  const { dsMad } = await authorizeDatastore(core.db, actor, "MANAGE", datastoreId);
  const canVerify = await core.drivers.has({ family: "datastore", driver: dsMad, action: "verify" });
  if (policy !== null && !canVerify) throw appError("VERIFY_UNSUPPORTED", { driver: dsMad });
  await withTx(core.db, async (tx) => {
    await lockDatastore(tx, datastoreId);
    const { type, name } = await authorizeDatastore(tx, actor, "MANAGE", datastoreId);
    if (type !== "BACKUP") throw appError("NOT_BACKUP_DATASTORE", { datastoreId });
    const verifyPolicy = policy === null ? SQL_NULL : toJson(policy);
    await tx.datastore.update({ where: { id: datastoreId }, data: { verifyPolicy } });
    await appendEvent(tx, { topic: "datastore", objectId: datastoreId, type: "changed" });
    await writeAudit(tx, actor, {
      what: "verify-policy",
      object: "datastore",
      objectId: datastoreId,
      data: { name, policy },
    });
  });
}

/** The policy, what it does next and why it waits, and how much of the datastore was read lately. */
export async function getVerifySchedule(ctx: Ctx, datastoreId: number): Promise<VerifyScheduleView> {
  const { core } = ctx;
  const row = await authorizeDatastore(core.db, ctx.actor, "USE", datastoreId);
  const policy = row.verifyPolicy === null ? null : parseStored(VerifyPolicy, row.verifyPolicy);
  const state = policy === null ? null : await readState(core, datastoreId, policy);
  const days = policy?.everyDays ?? COVERAGE_DAYS;
  const since = new Date(core.clock.now() - days * DAY_MS);
  const points = { image: { datastoreId, type: "BACKUP" } };
  const [all, checked, last] = await Promise.all([
    core.db.increment.count({ where: points }),
    core.db.increment.count({ where: { ...points, verifiedAt: { gte: since } } }),
    core.db.action.findFirst({
      where: { kind: "verify", datastoreId, endedAt: { not: null } },
      orderBy: { endedAt: "desc" },
      select: { id: true, endedAt: true, state: true },
    }),
  ]);
  return {
    policy,
    plan: state === null ? null : withoutStart(planVerification(state)),
    active: state?.active ?? 0,
    last: last === null ? null : { at: last.endedAt?.getTime() ?? 0, actionId: last.id, state: last.state },
    coverage: { days, checked, points: all },
  };
}

function withoutStart({ due, waiting, nextAt }: ReturnType<typeof planVerification>) {
  return { due, waiting, nextAt };
}

/**
 * The leader's part: queue the checks that are due, a transaction each with the backup's row held, so that none is queued
 * twice whoever leads. The usual pass starts them.
 */
export async function verifyTick(core: Core): Promise<void> {
  const rows = await core.db.datastore.findMany({
    where: { type: "BACKUP", verifyPolicy: { not: SQL_NULL } },
    select: { id: true, verifyPolicy: true },
  });
  for (const { id, verifyPolicy } of rows) {
    const policy = parseStored(VerifyPolicy, verifyPolicy);
    if (!isInBlackout([policy.window], core.clock.now())) continue;
    const { start } = planVerification(await readState(core, id, policy));
    for (const imageId of start) await enqueueScheduledVerify(core, SYSTEM_ACTOR, imageId);
  }
}

async function readState(core: Core, datastoreId: number, policy: VerifyPolicy): Promise<VerifyState> {
  const now = core.clock.now();
  const { db } = core;
  const [candidates, active, read, blockedBy] = await Promise.all([
    readCandidates(db, datastoreId),
    db.action.count({ where: { ...scheduledOn(datastoreId), state: { in: ["PENDING", "RUNNING"] } } }),
    db.$queryRaw<{ bytes: bigint | null }[]>`
      SELECT sum(i."storedBytes")::bigint AS bytes FROM "Action" a JOIN "Increment" i ON i."imageId" = a."imageId"
      WHERE a."kind" = 'verify' AND a."datastoreId" = ${datastoreId} AND a."input"->>'isScheduled' = 'true'
        AND a."createdAt" > ${new Date(now - DAY_MS)}`,
    whyNotNow(core, datastoreId, now),
  ]);
  return { policy, now, candidates, active, readBytes: Number(read[0]?.bytes ?? 0), blockedBy };
}

function scheduledOn(datastoreId: number) {
  return { kind: "verify", datastoreId, input: { path: ["isScheduled"], equals: true } };
}

async function readCandidates(db: Db, datastoreId: number): Promise<VerifyCandidate[]> {
  const rows = await db.$queryRaw<
    { imageId: number; newestAt: Date; checkedAt: Date | null; triedAt: Date | null; bytes: bigint; isBusy: boolean }[]
  >`
    SELECT m."id" AS "imageId", max(i."at") AS "newestAt", max(i."verifiedAt") AS "checkedAt",
      sum(i."storedBytes")::bigint AS bytes,
      (SELECT max(a."createdAt") FROM "Action" a WHERE a."imageId" = m."id" AND a."kind" = 'verify') AS "triedAt",
      (m."state" <> 'READY' OR EXISTS (SELECT 1 FROM "Action" a WHERE a."imageId" = m."id"
        AND a."state" IN ('PENDING', 'RUNNING'))) AS "isBusy"
    FROM "Image" m JOIN "Increment" i ON i."imageId" = m."id"
    WHERE m."datastoreId" = ${datastoreId} AND m."type" = 'BACKUP' GROUP BY m."id"`;
  return rows.map((row) => ({
    imageId: row.imageId,
    newestAt: row.newestAt.getTime(),
    checkedAt: row.checkedAt?.getTime() ?? null,
    triedAt: row.triedAt?.getTime() ?? null,
    bytes: Number(row.bytes),
    isBusy: row.isBusy,
  }));
}

/** One place of the general limit always stays free, so that a restore does not wait for a check. */
async function whyNotNow(core: Core, datastoreId: number, now: number): Promise<string | null> {
  const settings = await readSchedulerSettings(core.db);
  if ((settings.pausedUntil ?? 0) > now) return "Everything scheduled is paused.";
  if (isInBlackout(settings.blackouts, now)) return "It is a time in which nothing scheduled begins.";
  const open = { state: { in: ["PENDING", "RUNNING"] } };
  const first = await core.db.action.findFirst({
    where: { ...open, kind: { in: FIRST }, OR: [{ datastoreId }, { kind: { in: FIRST.slice(1, 4) } }] },
    orderBy: { id: "asc" },
    select: { id: true },
  });
  if (first !== null) return `Run ${first.id} comes first.`;
  const { maxOthers } = await readLimits(core.db);
  const others = await core.db.action.count({ where: { ...open, kind: { not: "backup" } } });
  return maxOthers > 0 && others >= Math.max(1, maxOthers - 1) ? "Other operations come first." : null;
}
