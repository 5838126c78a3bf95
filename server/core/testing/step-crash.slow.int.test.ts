import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../db/testing/database";
import { makeWorld, type World } from "./fault-world";
import { crashCore, crashDriver, dissect, KINDS } from "./step-crash";

/** Some twenty moments, each with a core that starts again. */
const KIND_MS = 1_200_000;

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

test.each(KINDS)(
  "%s: the core and each driver are killed at every step",
  async (kind) => {
    const { moments, drivers } = await dissect(world, kind);
    expect(moments.length).toBeGreaterThan(1);
    const failures: string[] = [];
    const attempt = async (what: string, work: () => Promise<unknown>) => {
      const error = await work().then(
        () => null,
        (cause: Error) => cause,
      );
      if (error === null) return;
      failures.push(`${what}: ${error.message}`);
      // The next moment starts from rest.
      await world.faults.disarm();
      await world.startCore();
      await world.allEnded();
    };
    for (const moment of moments) await attempt(`core killed at ${moment}`, () => crashCore(world, kind, moment));
    for (const driver of drivers) {
      for (const death of ["before", "after"] as const) {
        await attempt(`${driver} killed ${death} its work`, () => crashDriver(world, kind, driver, death));
      }
    }
    process.stdout.write(`${kind}: ${moments.length} moments of the core, ${drivers.length} drivers\n`);
    expect(failures).toEqual([]);
  },
  KIND_MS,
);
