import type { Prisma } from "../../db/client";
import { toJson } from "../../db/json";
import type { Db, Tx } from "../../db/tx";
import { type NotificationKind, SEVERITY_OF } from "../../domain/notification";

/** Rows of one statement: PostgreSQL takes 65,535 values. */
const BATCH = 1_000;

export interface Fact {
  /** Names the fact: it is told once, whoever notices it and however often. */
  key: string;
  kind: NotificationKind;
  actionId?: number;
  vmId?: number;
  jobId?: number;
  /** What cannot be read from the objects later. */
  data?: { title: string; text: string };
}

/**
 * Put facts into the outbox: in the transaction of the change they tell, so that neither exists without the other. Who is
 * told is decided later, by `route.ts`.
 */
export async function notify(db: Db, facts: readonly Fact[]): Promise<void> {
  for (let from = 0; from < facts.length; from += BATCH) {
    await db.notification.createMany({ data: facts.slice(from, from + BATCH).map(toRow), skipDuplicates: true });
  }
}

function toRow({ key, kind, data, ...ids }: Fact): Prisma.NotificationCreateManyInput {
  return { key, kind, severity: SEVERITY_OF[kind], ...ids, data: toJson(data ?? {}) };
}

/** Tell that a run has ended, in the transaction that ends it. */
export async function notifyRun(tx: Tx, actionId: number): Promise<void> {
  const run = await tx.action.findUnique({
    where: { id: actionId },
    select: { state: true, warnings: true, vmId: true, jobId: true },
  });
  if (run === null) return;
  const kind = kindOf(run.state, run.warnings.length > 0);
  const ids = { ...(run.vmId === null ? {} : { vmId: run.vmId }), ...(run.jobId === null ? {} : { jobId: run.jobId }) };
  await notify(tx, [{ key: `run-${actionId}`, kind, actionId, ...ids }]);
}

function kindOf(state: string, hasWarnings: boolean): NotificationKind {
  if (state === "FAILED") return "run-failed";
  if (state === "CANCELLED") return "run-cancelled";
  return hasWarnings ? "run-warning" : "run-done";
}
