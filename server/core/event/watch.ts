import type { LiveMessage, StrataEvent } from "../../domain/event";
import { maySeeAction } from "../action/queries";
import type { Ctx } from "../context";

const HEARTBEAT_MS = 10_000;
/** Events read at a time; a client that was away long gets them page by page. */
const BACKLOG_PAGE = 1_000;
/** Ids are taken before they are committed: one this much older than the newest may still be missing after a gap. */
const OVERLAP = 1_000n;
/** Ids kept to recognise what was sent from the table already; live messages lag behind it by seconds at most. */
const MAX_REMEMBERED = 10_000;

/**
 * The live stream of one client: subscribe first, then the backlog after `lastEventId`, then live messages without
 * those already sent. So a reconnect has no gap and no repeat. When the database was away meanwhile, what was stored then
 * is read in the same way; a stream without a resume point has nothing to read from until its first event. Ends when `signal` aborts or the reader stops reading.
 */
export async function* watchLive(
  ctx: Ctx,
  input: { lastEventId: string | null; signal: AbortSignal },
): AsyncGenerator<LiveMessage> {
  const stop = new AbortController();
  const live = ctx.core.bus.subscribe(AbortSignal.any([input.signal, stop.signal]));
  // The resume point itself may still be on its way as a live message.
  const sent = new Set<string>(input.lastEventId === null ? [] : [input.lastEventId]);
  const mayWatch = createFilter(ctx);
  let pending = live.next();
  let floor = resumePoint(input.lastEventId);
  let newest = floor;

  async function* missed(): AsyncGenerator<LiveMessage> {
    if (floor === null || newest === null) return;
    const from = newest - OVERLAP > floor ? newest - OVERLAP : floor;
    for await (const event of backlog(ctx, from)) if (note(event)) yield { kind: "event", event };
  }

  /** Remember that this event goes to the client now; false when it has gone there before. */
  function note(event: StrataEvent): boolean {
    if (sent.has(event.id)) return false;
    sent.add(event.id);
    if (sent.size > MAX_REMEMBERED) sent.delete(sent.values().next().value ?? "");
    const id = BigInt(event.id);
    floor ??= id;
    if (newest === null || id > newest) newest = id;
    return true;
  }

  try {
    yield { kind: "heartbeat", at: ctx.core.clock.now() };
    yield* missed();
    while (!input.signal.aborted) {
      const message = await orHeartbeat(ctx, pending);
      if (message === null) {
        yield { kind: "heartbeat", at: ctx.core.clock.now() };
        continue;
      }
      if (message.done === true) return;
      pending = live.next();
      if (message.value.kind === "gap") yield* missed();
      else if (message.value.kind === "event" ? note(message.value.event) : await mayWatch(message.value)) {
        yield message.value;
      }
    }
  } finally {
    // Not `live.return()`: that would queue behind the message it waits for.
    stop.abort();
    await pending.catch(() => undefined);
  }
}

/**
 * Progress says what runs where and how much it moves: only those who may see the run get it. Events carry ids alone;
 * what they lead to is asked for with the rights of the asker.
 */
function createFilter(ctx: Ctx): (message: LiveMessage) => Promise<boolean> {
  const known = new Map<number, boolean>();
  return async (message) => {
    if (ctx.actor.isAdmin || message.kind !== "progress") return true;
    const before = known.get(message.actionId);
    if (before !== undefined) return before;
    const isVisible = await maySeeAction(ctx, message.actionId);
    if (known.size > MAX_REMEMBERED) known.clear();
    known.set(message.actionId, isVisible);
    return isVisible;
  };
}

/** Id of the newest stored event, "0" when there is none: where a client that has seen nothing yet resumes from. */
export async function latestEventId(ctx: Ctx): Promise<string> {
  const row = await ctx.core.db.event.findFirst({ orderBy: { id: "desc" }, select: { id: true } });
  return String(row?.id ?? 0);
}

/** The next message, null when a heartbeat is due first. */
async function orHeartbeat<T>(ctx: Ctx, pending: Promise<T>): Promise<T | null> {
  const beat = new AbortController();
  try {
    return await Promise.race([pending, ctx.core.clock.sleep(HEARTBEAT_MS, beat.signal).then(() => null)]);
  } finally {
    beat.abort();
  }
}

/** What a client says it has seen last; null for nothing, or for nonsense. */
function resumePoint(lastEventId: string | null): bigint | null {
  if (lastEventId === null || !/^\d{1,18}$/.test(lastEventId) || lastEventId === "0") return null;
  return BigInt(lastEventId);
}

async function* backlog(ctx: Ctx, from: bigint): AsyncGenerator<StrataEvent> {
  let after = from;
  for (;;) {
    const rows = await ctx.core.db.event.findMany({
      where: { id: { gt: after } },
      orderBy: { id: "asc" },
      take: BACKLOG_PAGE,
      select: { id: true, at: true, topic: true, objectId: true, type: true },
    });
    for (const row of rows) {
      after = row.id;
      yield {
        id: String(row.id),
        topic: row.topic as StrataEvent["topic"], // written only by appendEvent, which types it
        objectId: row.objectId,
        type: row.type,
        at: row.at.getTime(),
      };
    }
    if (rows.length < BACKLOG_PAGE) return;
  }
}
