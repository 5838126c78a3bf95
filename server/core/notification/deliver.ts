import { once } from "node:events";
import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import { withTx } from "../../db/tx";
import { reasonOf } from "../../domain/errors";
import { backOffMs, MAX_TRIES, NotificationItem } from "../../domain/notification";
import { attempt } from "../../lib/outcome";
import type { Core } from "../core";
import { appendEvent } from "../event/append";
import { sendItems } from "./send";

const MAX_DUE = 500;
/** Of one pass: the next follows in seconds. */
const MAX_MESSAGES = 10;
/** When so many wait for one channel, they go together: a broken datastore is one message, not a thousand. */
const MANY = 5;

type Due = Prisma.NotificationDeliveryModel & { channel: Prisma.NotificationChannelModel };

/**
 * Send what is due, each message within its time limit. A delivery is claimed before it is sent, by moving its next try
 * into the future: a node that dies in between leaves it for that time, and whoever leads then sends it again. So every
 * delivery arrives at least once; repeats carry the same id. @returns how many messages were tried
 */
export async function deliverDue(core: Core, signal: AbortSignal): Promise<number> {
  const due = await core.db.notificationDelivery.findMany({
    where: { state: "PENDING", dueAt: { lte: new Date(core.clock.now()) }, channel: { isEnabled: true } },
    orderBy: [{ dueAt: "asc" }, { id: "asc" }],
    take: MAX_DUE,
    include: { channel: true },
  });
  const groups = groupsOf(due).slice(0, MAX_MESSAGES);
  // Side by side: a server that does not answer holds up nobody else's messages.
  const outcomes = await Promise.allSettled(groups.map((group) => deliver(core, group, signal)));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return groups.length;
}

/** What goes into one message: a digest, one delivery, or all single ones of a channel when they are many. */
function groupsOf(due: readonly Due[]): Due[][] {
  const single = new Map<number, number>();
  for (const { digest, channelId } of due) if (digest === null) single.set(channelId, (single.get(channelId) ?? 0) + 1);
  const groups = new Map<string, Due[]>();
  for (const row of due) {
    const isMany = (single.get(row.channelId) ?? 0) > MANY;
    const key = row.digest ?? (isMany ? `channel ${row.channelId}` : `alone ${row.id}`);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

async function deliver(core: Core, group: readonly Due[], signal: AbortSignal): Promise<void> {
  const claimed: Due[] = [];
  for (const row of group) if (await claim(core, row)) claimed.push(row);
  const [first] = claimed;
  if (first === undefined) return;
  const items = claimed.map((row) => parseStored(NotificationItem, row.item));
  const deliveryId = `${first.id}-${first.createdAt.getTime()}`;
  const sent = new AbortController();
  const error = await Promise.race([
    attemptTo(() => sendItems(core, first.channel, items, deliveryId)),
    ending(signal, sent.signal),
  ]).finally(() => sent.abort());
  if (error === ENDING) return; // nobody knows whether it went out: whoever leads next sends it again
  await withTx(core.db, async (tx) => {
    const at = new Date(core.clock.now());
    const ids = claimed.map((row) => row.id);
    if (error === null) {
      const data = { state: "SENT", sentAt: at, error: null };
      await tx.notificationDelivery.updateMany({ where: { id: { in: ids } }, data });
    } else {
      await tx.notificationDelivery.updateMany({ where: { id: { in: ids } }, data: { error } });
      const spent = { id: { in: ids }, tries: { gte: MAX_TRIES } };
      await tx.notificationDelivery.updateMany({ where: spent, data: { state: "FAILED", sentAt: at } });
    }
    await appendEvent(tx, { topic: "system", objectId: 0, type: "notification" });
  });
  if (error !== null) core.log.warn({ channelId: first.channelId, error }, "a notification could not be sent");
}

const ENDING = Symbol("ending");

/** Resolves when this node ends; `sent` ends the wait, so that no listener stays. */
async function ending(signal: AbortSignal, sent: AbortSignal): Promise<typeof ENDING> {
  if (!signal.aborted) await once(signal, "abort", { signal: sent });
  return ENDING;
}

/** Null when it worked, else why not. */
async function attemptTo(work: () => Promise<void>): Promise<string | null> {
  const tried = await attempt(work);
  return tried.ok ? null : reasonOf(tried.error).slice(0, 500);
}

/** Compare-and-set: of two nodes that both believe to lead, one sends. */
async function claim(core: Core, row: Due): Promise<boolean> {
  const { count } = await core.db.notificationDelivery.updateMany({
    where: { id: row.id, state: "PENDING", tries: row.tries, dueAt: row.dueAt },
    data: { tries: row.tries + 1, dueAt: new Date(core.clock.now() + backOffMs(row.tries + 1)) },
  });
  return count === 1;
}
