import { mkdtemp, rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { withTx } from "../../db/tx";
import { change } from "../../drivers/testing/disks";
import { type Postgres, startPostgres } from "../../setup/postgres.mjs";
import { cloneDatabase, ensureTemplate } from "../../setup/test-database.mjs";
import { requestBackup } from "../backup/request";
import { appendEvent } from "../event/append";
import { latestEventId, watchLive } from "../event/watch";
import { createJob } from "../job/commands";
import { addSchedule } from "../schedule/commands";
import { readHealth } from "../system/health";
import { type Harness, startHarness } from "../testing/harness";
import { expectNothingLeft, makeMachine, type TestMachine } from "../testing/machine";

const RESTARTS = 2;
const MACHINES = 3;
const JOBS_A_ROUND = 8;
const ALL_MS = 400_000;

let dir: string;
let server: Postgres;
let harness: Harness;
const machines: TestMachine[] = [];

/** What is committed is kept: `fsync=off` only loses it with the machine. */
async function startServer(): Promise<void> {
  server = await startPostgres(dir, { flags: ["fsync=off"] });
}

beforeAll(async () => {
  dir = await mkdtemp("/var/tmp/strata-restart-test-");
  await startServer();
  const admin = server.url("postgres");
  harness = await startHarness({ database: await cloneDatabase(admin, await ensureTemplate(admin)) });
  for (let index = 0; index < MACHINES; index++) {
    machines.push(await makeMachine(harness, `machine-${index}`, { sizeMib: 64, dataMib: 32 }));
  }
}, ALL_MS);

afterAll(async () => {
  await harness.close();
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Immediate: no connection is told, nothing is written down; the next start recovers. */
async function restartServer(): Promise<void> {
  process.kill(server.pid, "SIGQUIT");
  await server.exited;
  await startServer();
}

/** Ask again while the database is away, as people do. */
async function persistently<T>(work: () => Promise<T>): Promise<T> {
  return await vi.waitFor(work, { timeout: 30_000, interval: 200 });
}

test(
  "PostgreSQL is killed and comes back, twice, under backups and schedules: nothing lost, nothing twice",
  async () => {
    const { ctx } = harness;
    const { db } = harness.core;
    const began = await latestEventId(ctx);
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const message of watchLive(ctx, { lastEventId: began, signal: stop.signal })) {
        if (message.kind === "event") seen.push(message.event.id);
      }
    })();
    const slots: { scheduleId: number; slot: bigint }[] = [];
    const actionIds: number[] = [];
    const resumedMs: number[] = [];
    for (let round = 0; round < RESTARTS; round++) {
      const now = Math.floor(Date.now() / 1000);
      for (let index = 0; index < JOBS_A_ROUND; index++) {
        const { jobId } = await createJob(ctx, { name: `round ${round}, job ${index}` });
        const time = now + index; // before, during and after the outage
        const schedule = { parentType: "BACKUPJOB" as const, parentId: jobId, schedule: { time } };
        slots.push({ ...(await addSchedule(ctx, schedule)), slot: BigInt(time) });
      }
      const asked: number[] = [];
      for (const { disk, vmId, datastoreId } of machines) {
        await change(disk, `write -P ${40 + round} ${round + 1}M 8M`);
        asked.push((await requestBackup(ctx, { vmId, datastoreId, reset: false })).actionId);
      }
      actionIds.push(...asked);
      const busy = { id: { in: asked }, state: "RUNNING" };
      await vi.waitFor(async () => expect(await db.action.count({ where: busy })).toBeGreaterThan(0), {
        timeout: 30_000,
        interval: 20,
      });
      await restartServer();
      const back = performance.now();
      await vi.waitFor(async () => expect(await readHealth(harness.core)).toMatchObject({ status: "ok" }), {
        timeout: 20_000,
        interval: 50,
      });
      resumedMs.push(Math.round(performance.now() - back));
      const over = { id: { in: asked }, state: { in: ["DONE", "FAILED", "CANCELLED"] } };
      await persistently(() => db.action.count()); // connections of the pool that were cut are found out
      await vi.waitFor(async () => expect(await db.action.count({ where: over })).toBe(MACHINES), {
        timeout: 120_000,
        interval: 200,
      });
    }

    const runs = await db.action.findMany({ where: { kind: "backup" }, orderBy: { id: "asc" } });
    expect(runs.map(({ id, state, error }) => ({ id, state, error }))).toEqual(
      actionIds.map((id) => ({ id, state: "DONE", error: null })),
    );
    await vi.waitFor(async () => expect(await db.jobRun.count({ where: { trigger: "schedule" } })).toBe(slots.length), {
      timeout: 30_000,
      interval: 200,
    });
    for (const slot of slots) expect(await db.jobRun.count({ where: slot })).toBe(1);
    for (const machine of machines) await expectNothingLeft(ctx, machine, RESTARTS);

    // The stream was never opened again: what it missed while the database was away it has read from the table.
    await withTx(db, (tx) => appendEvent(tx, { topic: "system", objectId: -1, type: "the-end" }));
    const rows = await db.event.findMany({ where: { id: { gt: BigInt(began) } }, orderBy: { id: "asc" } });
    await vi.waitFor(() => expect(seen).toContain(String(rows.findLast((row) => row.type === "the-end")?.id)), {
      timeout: 15_000,
    });
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(rows.map((row) => Number(row.id)));
    stop.abort();
    await reading;
    process.stdout.write(`scheduling again after the database was back, ms: ${resumedMs.join(", ")}\n`);
  },
  ALL_MS,
);
