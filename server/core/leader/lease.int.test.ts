import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createDb, type PrismaClient } from "../../db/client";
import { createTestDatabase, type TestDatabase } from "../../db/testing/database";
import { acquireLease, currentLeader, LEASE_MS, releaseLease } from "./lease";

let database: TestDatabase;
let db: PrismaClient;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
});

afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

beforeEach(async () => {
  await db.lease.deleteMany();
});

/** As if the holder had been silent for so long, by the clock that decides: the database's. */
async function ageLease(ms: number): Promise<void> {
  await db.$executeRaw`UPDATE "Lease" SET "expiresAt" = "expiresAt" - make_interval(secs => ${ms / 1000}::float8)`;
}

test("of many nodes that ask at once one gets it", async () => {
  const nodes = Array.from({ length: 12 }, (_, index) => `node-${index}`);
  const leases = await Promise.all(nodes.map((node) => acquireLease(db, node)));
  const held = leases.filter((lease) => lease !== null);
  expect(held).toHaveLength(1);
  expect(await currentLeader(db)).toBe(held[0]?.holder);
});

test("the holder renews and keeps its fence", async () => {
  const first = await acquireLease(db, "a");
  const again = await acquireLease(db, "a");
  expect(again).toEqual(first);
  expect(await acquireLease(db, "b")).toBeNull();
});

test("a lease that ran out goes to the next, with a higher fence; the old holder gets it back with a higher one yet", async () => {
  const first = await acquireLease(db, "a");
  await ageLease(LEASE_MS - 1_000);
  expect(await acquireLease(db, "b")).toBeNull();
  await ageLease(1_500);
  expect(await currentLeader(db)).toBeNull();
  const second = await acquireLease(db, "b");
  expect(second?.fence).toBe((first?.fence ?? 0n) + 1n);
  expect(await acquireLease(db, "a")).toBeNull();
  await ageLease(LEASE_MS + 1_000);
  expect((await acquireLease(db, "a"))?.fence).toBe((first?.fence ?? 0n) + 2n);
});

test("a renewal that comes late, but before anybody else, keeps the fence: nobody led meanwhile", async () => {
  const first = await acquireLease(db, "a");
  await ageLease(LEASE_MS + 60_000);
  expect(await acquireLease(db, "a")).toEqual(first);
});

test("a released lease is free at once; nobody can release another's", async () => {
  await acquireLease(db, "a");
  await releaseLease(db, "b");
  expect(await currentLeader(db)).toBe("a");
  await releaseLease(db, "a");
  expect((await acquireLease(db, "b"))?.holder).toBe("b");
});
