import type { LiveMessage, StrataEvent } from "../../domain/event";
import type { Ctx } from "../context";

const HEARTBEAT_MS = 10_000;
/** A client that was away longer than this many events reads everything again instead. */
const MAX_BACKLOG = 1_000;

/**
 * The live stream of one client: subscribe first, then the backlog after `lastEventId`, then live messages without
 * those already sent. So a reconnect has no gap and no repeat. Ends when `signal` aborts.
 */
export async function* watchLive(
  ctx: Ctx,
  input: { lastEventId: string | null; signal: AbortSignal },
): AsyncGenerator<LiveMessage> {
  const live = ctx.core.bus.subscribe(input.signal);
  const sent = new Set<string>();
  let pending = live.next();
  yield { kind: "heartbeat", at: ctx.core.clock.now() };

  for (const event of await backlog(ctx, input.lastEventId)) {
    sent.add(event.id);
    yield { kind: "event", event };
  }
  while (!input.signal.aborted) {
    const beat = new AbortController();
    const first = await Promise.race([
      pending,
      ctx.core.clock.sleep(HEARTBEAT_MS, beat.signal).then(
        () => "beat" as const,
        () => "beat" as const,
      ),
    ]);
    if (first === "beat") {
      yield { kind: "heartbeat", at: ctx.core.clock.now() };
      continue;
    }
    beat.abort();
    if (first.done === true) return;
    pending = live.next();
    if (first.value.kind === "event" && sent.has(first.value.event.id)) continue;
    yield first.value;
  }
  await live.return(undefined);
}

async function backlog(ctx: Ctx, lastEventId: string | null): Promise<StrataEvent[]> {
  if (lastEventId === null || !/^\d{1,18}$/.test(lastEventId) || lastEventId === "0") return [];
  const rows = await ctx.core.db.event.findMany({
    where: { id: { gt: BigInt(lastEventId) } },
    orderBy: { id: "asc" },
    take: MAX_BACKLOG,
    select: { id: true, at: true, topic: true, objectId: true, type: true },
  });
  return rows.map((row) => ({
    id: String(row.id),
    topic: row.topic as StrataEvent["topic"], // written only by appendEvent, which types it
    objectId: row.objectId,
    type: row.type,
    at: row.at.getTime(),
  }));
}
