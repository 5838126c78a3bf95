import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { createDb, type PrismaClient } from "../../db/client";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { change } from "../../drivers/testing/disks";
import { childEnv } from "../../lib/env";
import { type RunningProcess, start } from "../../lib/process";
import { requestBackup } from "../backup/request";
import type { Ctx } from "../context";
import { createJob } from "../job/commands";
import { currentLeader } from "../leader/lease";
import { requestRestore } from "../restore/request";
import { addSchedule } from "../schedule/commands";
import { type GatedRemotes, makeGatedRemotes } from "../testing/gated-remotes";
import { type Harness, startHarness } from "../testing/harness";
import { expectNothingLeft, expectRestores, makeMachine, type TestMachine } from "../testing/machine";

const CORE_PROCESS = fileURLToPath(new URL("../testing/core-process.ts", import.meta.url));
const UPLOAD = "datastore/rsync/backup";
const CHILD_MS = 170_000;
const TAKE_OVER_MS = 10_000;
const KILLS = 3;

let harness: Harness;
let remotes: GatedRemotes;
let machine: TestMachine;
let db: PrismaClient;
const nodes = new Map<string, RunningProcess>();

beforeAll(async () => {
  remotes = await makeGatedRemotes(inject("remotesDir"), [UPLOAD]);
  harness = await startHarness({ remotesDir: remotes.dir });
  machine = await makeMachine(harness, "shared");
  db = createDb(harness.databaseUrl);
  await harness.stop();
});

afterEach(async () => {
  await remotes.release(UPLOAD);
  for (const name of [...nodes.keys()]) await kill(name);
});

afterAll(async () => {
  await db.$disconnect();
  await harness.close();
  await remotes.remove();
});

/** A node on the shared database and storage, with a home of its own. */
async function startNode(name: string): Promise<void> {
  const { home, datastoreLocation } = harness.core.config;
  const options = {
    databaseUrl: harness.databaseUrl,
    home: `${home}-${name}`,
    datastoreLocation,
    remotesDir: remotes.dir,
  };
  const child = start([process.execPath, "--import", "tsx", CORE_PROCESS], {
    input: JSON.stringify({ ...options, nodeName: name }),
    env: childEnv(),
    timeoutMs: CHILD_MS,
  });
  child.end();
  const first = await child.lines()[Symbol.asyncIterator]().next();
  if (first.done === true || first.value !== "running") throw new Error(`no node: ${(await child.done).stderr}`);
  nodes.set(name, child);
}

async function kill(name: string): Promise<void> {
  const child = nodes.get(name);
  nodes.delete(name);
  process.kill(child?.pid ?? Number.NaN, "SIGKILL");
  await child?.done;
}

/** Waits until somebody leads who is not `other`. */
async function leader(other: string | null = null): Promise<string> {
  return await vi.waitFor(
    async () => {
      const name = await currentLeader(db);
      if (name === null || name === other) throw new Error("nobody leads yet");
      return name;
    },
    { timeout: 2 * TAKE_OVER_MS, interval: 50 },
  );
}

const ctx = (): Ctx => ({ core: { ...harness.core, db }, actor: SYSTEM_ACTOR });

test("leaders are killed under due schedules: every slot runs once, none is lost", async () => {
  for (const name of ["one", "two", "three"]) await startNode(name);
  const planned: { scheduleId: number; slot: bigint }[] = [];
  const takeOvers: number[] = [];
  for (let round = 0; round < KILLS; round++) {
    const present = await leader();
    const now = Math.floor(Date.now() / 1000);
    for (let index = 0; index < 4; index++) {
      const { jobId } = await createJob(ctx(), { name: `round ${round}, job ${index}` });
      const time = now + index; // some before the kill, some in the gap
      const schedule = { parentType: "BACKUPJOB" as const, parentId: jobId, schedule: { time } };
      planned.push({ ...(await addSchedule(ctx(), schedule)), slot: BigInt(time) });
    }
    const killedAt = performance.now();
    await kill(present);
    await leader(present);
    takeOvers.push(Math.round(performance.now() - killedAt));
    await startNode(present);
  }
  await vi.waitFor(async () => expect(await db.jobRun.count({ where: { trigger: "schedule" } })).toBe(planned.length), {
    timeout: 30_000,
    interval: 200,
  });
  for (const slot of planned) expect(await db.jobRun.count({ where: slot })).toBe(1);
  // A figure for the reader; the bound of the wait above is what can fail.
  process.stdout.write(`take-over of the lease after kill -9, ms: ${takeOvers.join(", ")}\n`);
});

test("a backup of a killed node is carried on by another, once, and restores equal", async () => {
  await startNode("first");
  await leader();
  await startNode("second");
  await remotes.hold(UPLOAD, "before");
  await change(machine.disk, "write -P 77 3M 20M");
  const moment = await machine.keepMoment("taken-over");
  const { actionId } = await requestBackup(ctx(), {
    vmId: machine.vmId,
    datastoreId: machine.datastoreId,
    reset: false,
  });
  await remotes.reached(UPLOAD);
  expect((await db.action.findUniqueOrThrow({ where: { id: actionId } })).node).toBe("first");
  await kill("first");
  await remotes.release(UPLOAD);
  const row = await vi.waitFor(
    async () => {
      const found = await db.action.findUniqueOrThrow({ where: { id: actionId } });
      if (found.state === "RUNNING") throw new Error("still running");
      return found;
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(row).toMatchObject({ state: "DONE", node: "second", error: null });
  await expectNothingLeft(ctx(), machine, 1);
  await kill("second");

  await harness.start();
  const image = await db.image.findFirstOrThrow({ where: { vmId: machine.vmId, type: "BACKUP" } });
  await expectRestores(
    harness,
    (name) =>
      requestRestore(harness.ctx, {
        imageId: image.id,
        incrementId: null,
        datastoreId: 1,
        name,
        network: "keep",
        diskIds: [],
        instantiate: { name, hostId: 0, systemDatastoreId: 0 },
      }),
    moment,
    "from-two-nodes",
  );
});
