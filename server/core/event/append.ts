import type { Prisma } from "../../db/client";
import type { Tx } from "../../db/tx";
import type { EventTopic } from "../../domain/event";

/** Channel on which the database tells all nodes that something happened. */
export const NOTIFY_CHANNEL = "strata";

/**
 * Write an event row in the transaction of the change it tells, and notify all nodes when that commits.
 * A state change without its event, or an event of a change that was rolled back, cannot exist.
 */
export async function appendEvent(
  tx: Tx,
  event: { topic: EventTopic; objectId: number; type: string; data?: Prisma.InputJsonObject },
): Promise<void> {
  const row = await tx.event.create({
    data: { topic: event.topic, objectId: event.objectId, type: event.type, data: event.data ?? {} },
    select: { id: true, at: true },
  });
  const payload = JSON.stringify({
    kind: "event",
    event: { id: String(row.id), topic: event.topic, objectId: event.objectId, type: event.type, at: row.at.getTime() },
  });
  await tx.$executeRaw`SELECT pg_notify(${NOTIFY_CHANNEL}, ${payload})`;
}
