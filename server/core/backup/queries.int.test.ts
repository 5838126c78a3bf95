import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { getChain } from "./queries";

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
});

afterAll(() => bare.close());

const restoreBytesOf = async (imageId: number) =>
  (await getChain(bare.ctx, imageId)).points.map((point) => point.restoreBytes);

test("a restore of a point reads it and every older one", async () => {
  await storeBackup(bare.core.db, { id: 201, vmId: 7, datastoreId }, [
    { manifestBytes: 1_000, storedBytes: 1_100 },
    { manifestBytes: 20, storedBytes: 30 },
    { manifestBytes: 3, storedBytes: 5 },
  ]);
  expect(await restoreBytesOf(201)).toEqual([1_000, 1_020, 1_023]);
  expect((await getChain(bare.ctx, 201)).storedBytes).toBe(1_135);
});

test("from a point without a manifest on, what is stored is the best that is known", async () => {
  await storeBackup(bare.core.db, { id: 202, vmId: 7, datastoreId }, [
    { manifestBytes: 1_000, storedBytes: 1_100 },
    { manifestBytes: null, storedBytes: 30 },
    { manifestBytes: 3, storedBytes: 5 },
  ]);
  expect(await restoreBytesOf(202)).toEqual([1_000, 1_130, 1_135]);
});
