import { afterAll, beforeAll, expect, test } from "vitest";
import { createDb, type PrismaClient } from "../../db/client";
import { type Harness, startHarness } from "../testing/harness";
import { prune } from "./prune";

let harness: Harness;
let db: PrismaClient;

beforeAll(async () => {
  // Started for the engine's tables, stopped because its leader prunes by itself.
  harness = await startHarness();
  await harness.stop();
  db = createDb(harness.databaseUrl);
});

afterAll(async () => {
  await db.$disconnect();
  await harness.close();
});

test("old events, log lines and runs go; newer ones and all that still run stay", async () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  const action = (id: number, state: string, endedAt: Date | null) => ({
    id,
    kind: "demo-load",
    state,
    endedAt,
    actorId: 0,
    actorName: "oneadmin",
    input: {},
    progress: {},
    log: { create: { level: "INFO", text: `line of ${id}` } },
  });
  for (const [index, days] of [6, 8, 30].entries()) {
    await db.event.create({ data: { topic: "system", objectId: index, type: "old", at: daysAgo(days) } });
  }
  await db.action.create({ data: action(1001, "DONE", daysAgo(80)) });
  await db.action.create({ data: action(1002, "FAILED", daysAgo(100)) });
  await db.action.create({ data: action(1003, "DONE", daysAgo(400)) });
  await db.$executeRaw`DELETE FROM dbos.workflow_status`;
  await db.$executeRaw`INSERT INTO dbos.workflow_status (workflow_uuid, status, created_at, updated_at)
    VALUES ('old', 'SUCCESS', ${daysAgo(8).getTime()}, 0), ('old-pending', 'PENDING', ${daysAgo(8).getTime()}, 0),
           ('new', 'SUCCESS', ${daysAgo(6).getTime()}, 0)`;
  await db.datastoreDay.createMany({
    data: [399, 401].map((days) => ({ datastoreId: 1, day: daysAgo(days), usedMb: 1, freeMb: 1 })),
  });
  expect(await prune(db)).toEqual({ events: 2, logLines: 2, actions: 1, workflows: 1, capacityDays: 1 });
  expect((await db.event.findMany({ where: { type: "old" } })).map((event) => event.objectId)).toEqual([0]);
  const actions = await db.action.findMany({
    where: { id: { gt: 1000 } },
    orderBy: { id: "asc" },
    include: { log: true },
  });
  expect(actions.map((row) => [row.id, row.log.length])).toEqual([
    [1001, 1],
    [1002, 0],
  ]);
  const left = await db.$queryRaw<{ id: string }[]>`SELECT workflow_uuid AS id FROM dbos.workflow_status ORDER BY 1`;
  expect(left.map((row) => row.id)).toEqual(["new", "old-pending"]);
  expect(await prune(db)).toEqual({ events: 0, logLines: 0, actions: 0, workflows: 0, capacityDays: 0 });
});
