import { afterAll, beforeAll, expect, test } from "vitest";
import { withTx } from "../../db/tx";
import type { LiveMessage } from "../../domain/event";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { appendEvent } from "./append";
import { watchLive } from "./watch";

const WAIT_MS = 15_000;
let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
  // The bus has to listen before a message can be lost: the first notification that arrives proves it.
  const stop = new AbortController();
  const live = bare.core.bus.subscribe(stop.signal);
  const first = live.next();
  while (!(await Promise.race([first.then(() => true), append("warm-up").then(() => false)])));
  stop.abort();
});

afterAll(() => bare.close());

/** Append one event; its id. */
async function append(type: string): Promise<string> {
  await withTx(bare.core.db, (tx) => appendEvent(tx, { topic: "system", objectId: -1, type }));
  const row = await bare.core.db.event.findFirstOrThrow({ where: { type }, orderBy: { id: "desc" } });
  return String(row.id);
}

/** Read until the event of `type`, at most WAIT_MS; the stored events read on the way. */
async function readUntil(stream: AsyncGenerator<LiveMessage>, type: string): Promise<{ id: string; type: string }[]> {
  const seen: { id: string; type: string }[] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done === true) throw new Error(`the stream ended before ${type}; seen: ${seen.map((one) => one.type).join()}`);
    if (value.kind !== "event") continue;
    seen.push({ id: value.event.id, type: value.event.type });
    if (value.event.type === type) return seen;
  }
}

function watch(lastEventId: string | null) {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(WAIT_MS)]);
  return { stream: watchLive(bare.ctx, { lastEventId, signal }), stop };
}

test("an event and its change are committed together or not at all", async () => {
  const before = await bare.core.db.event.count();
  const failing = withTx(bare.core.db, async (tx) => {
    await appendEvent(tx, { topic: "vm", objectId: 1, type: "state" });
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  expect(await bare.core.db.event.count()).toBe(before);
});

test("the stream begins with a heartbeat, then tells what happens from now on", async () => {
  const { stream, stop } = watch(null);
  expect((await stream.next()).value).toEqual({ kind: "heartbeat", at: bare.clock.now() });
  const next = readUntil(stream, "live-1");
  await append("live-1");
  expect((await next).at(-1)?.type).toBe("live-1");
  stop.abort();
  expect((await stream.next()).done).toBe(true);
});

test("a reader that comes back gets what it missed, in order, nothing twice, then goes on live", async () => {
  const last = await append("seen");
  for (const type of ["missed-1", "missed-2", "missed-3"]) await append(type);
  const { stream, stop } = watch(last);
  await stream.next(); // subscribed: what comes now is in the backlog and on the wire
  await append("both");
  const reading = readUntil(stream, "after");
  await append("after");
  const types = (await reading).map((event) => event.type);
  expect(types).toEqual(["missed-1", "missed-2", "missed-3", "both", "after"]);
  stop.abort();
  await stream.return(undefined);
});

test("events written while the backlog is read are neither lost nor repeated", async () => {
  const last = await append("start");
  const { stream, stop } = watch(last);
  const wanted = Array.from({ length: 60 }, (_, index) => `burst-${index}`);
  const writing = (async () => {
    for (const type of wanted) await append(type);
  })();
  const seen = await readUntil(stream, "burst-59");
  await writing;
  expect(seen.map((event) => event.type)).toEqual(wanted);
  expect(new Set(seen.map((event) => event.id)).size).toBe(wanted.length);
  stop.abort();
  await stream.return(undefined);
});

test("a backlog of more than a page arrives whole", async () => {
  const last = await append("long");
  await bare.core.db.event.createMany({
    data: Array.from({ length: 2_345 }, (_, index) => ({ topic: "system", objectId: index, type: "bulk" })),
  });
  await append("end-of-bulk");
  const { stream, stop } = watch(last);
  expect(await readUntil(stream, "end-of-bulk")).toHaveLength(2_346);
  stop.abort();
  await stream.return(undefined);
});

test("a silent stream beats every ten seconds", async () => {
  const { stream, stop } = watch(null);
  await stream.next();
  const next = stream.next();
  // The sleeper of the heartbeat is there after a turn of the loop; an earlier advance would be missed.
  await new Promise((resolve) => setImmediate(resolve));
  bare.clock.advance(10_000);
  expect((await next).value).toEqual({ kind: "heartbeat", at: bare.clock.now() });
  stop.abort();
  await stream.return(undefined);
});

test.each(["nonsense", "-1", "9".repeat(30), "0"])("the resume point %j is ignored", async (lastEventId) => {
  const { stream, stop } = watch(lastEventId);
  await stream.next();
  const next = readUntil(stream, `after-${lastEventId}`);
  await append(`after-${lastEventId}`);
  expect(await next).toHaveLength(1);
  stop.abort();
  await stream.return(undefined);
});

test("a reader that stops reading in the middle leaves no subscription behind", async () => {
  const { stream } = watch(null);
  await stream.next();
  await stream.return(undefined); // would hang if it waited for the next message
  expect((await stream.next()).done).toBe(true);
});
