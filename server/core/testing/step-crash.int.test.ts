import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../db/testing/database";
import { makeWorld, type World } from "./fault-world";
import { crashCore, crashDriver } from "./step-crash";

/** A sample; every operation and step: step-crash.slow.int.test.ts. */

let database: TestDatabase;
let world: World;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await makeWorld({ databaseUrl: database.url, remotesDir: inject("remotesDir") });
});

afterAll(async () => {
  await world?.close();
  await database.drop();
});

test("the core is killed after an upload, before its answer is kept: the next one ends the backup", async () => {
  await crashCore(world, "backup", "backup upload after");
});

test("post-backup is killed: it is asked again, and nothing stays staged on the host", async () => {
  expect(await crashDriver(world, "backup", "tm/ssh/postbackup", "before")).toBe("DONE");
});

test("the driver of a verification is killed: the run fails, and the next one verifies", async () => {
  expect(await crashDriver(world, "verify", "datastore/rsync/verify", "after")).toBe("FAILED");
});
