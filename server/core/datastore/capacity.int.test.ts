import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { readAvailableMb } from "./capacity";

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("limited");
  const otherId = await bare.datastore("other");
  await storeBackup(bare.core.db, { id: 101, vmId: 1, datastoreId }, [{ sizeMb: 60 }, { sizeMb: 15 }]);
  await storeBackup(bare.core.db, { id: 102, vmId: 1, datastoreId: otherId }, [{ sizeMb: 500 }]);
});

afterAll(() => bare.close());

/** The file system holds 10,000 MiB of other people's data. */
const available = async (template: object, freeMb = 90_000) =>
  await readAvailableMb(
    bare.core.db,
    await bare.core.db.datastore.update({ where: { id: datastoreId }, data: { template, freeMb, usedMb: 10_000 } }),
  );

test("a limit counts the points of this datastore only, not what else is on its file system", async () => {
  expect(await available({ LIMIT_MB: ["100"] })).toBe(25);
  expect(await available({ LIMIT_MB: ["75"] })).toBe(0);
  expect(await available({ LIMIT_MB: ["10"] })).toBe(0);
});

test("never more than the file system has free", async () => {
  expect(await available({ LIMIT_MB: ["100"] }, 24)).toBe(24);
  expect(await available({}, 24)).toBe(24);
  expect(await available({ LIMIT_MB: ["0"] }, 24)).toBe(24);
  expect(await available({ LIMIT_MB: ["-"] }, 24)).toBe(24);
});

test("DATASTORE_CAPACITY_CHECK=NO asks nobody", async () => {
  expect(await available({ DATASTORE_CAPACITY_CHECK: ["no"], LIMIT_MB: ["1"] }, 0)).toBeNull();
  expect(await available({ DATASTORE_CAPACITY_CHECK: ["YES"] }, 7)).toBe(7);
});
