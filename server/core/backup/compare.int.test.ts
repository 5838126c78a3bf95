import { afterAll, beforeAll, expect, test } from "vitest";
import { change } from "../../drivers/testing/disks";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { type Harness, startHarness } from "../testing/harness";
import { makeMachine } from "../testing/machine";
import { storeBackup } from "../testing/points";
import { comparePoints } from "./compare";
import { requestBackup } from "./request";

const KIB = 1024;
const MIB = KIB * KIB;

test("the changes between two points are those that were written to the disk", async () => {
  const harness: Harness = await startHarness();
  try {
    const { vmId, datastoreId, disk } = await makeMachine(harness, "compared", { sizeMib: 16, dataMib: 4 });
    let imageId = -1;
    for (const writes of [[], ["write -P 2 2M 128k"], ["write -P 3 2M 64k", "write -P 3 8M 1M"]]) {
      for (const write of writes) await change(disk, write);
      const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset: false });
      const row = await harness.finished(actionId);
      expect(row.error).toBeNull();
      imageId = row.imageId ?? -1;
    }
    const changedKib = async (from: number, to: number) => {
      const { disks, increments, settings } = await comparePoints(harness.ctx, { imageId, from, to });
      expect(disks).toMatchObject([{ id: 0, virtualSize: 16 * MIB, blockBytes: 64 * KIB }]);
      expect([increments, settings]).toEqual([to - from, []]);
      return disks.map(({ bytes, blocks }) => ({ kib: bytes / KIB, at2M: blocks.slice(32, 35).map((b) => b / KIB) }));
    };
    expect(await changedKib(0, 1)).toEqual([{ kib: 128, at2M: [64, 64, 0] }]);
    expect(await changedKib(1, 2)).toEqual([{ kib: 64 + 1024, at2M: [64, 0, 0] }]);
    expect(await changedKib(0, 2)).toEqual([{ kib: 128 + 1024, at2M: [64, 64, 0] }]);
  } finally {
    await harness.close();
  }
});

let bare: BareCore;
let datastoreId: number;
const pair = { imageId: 301, from: 0, to: 2 };
const document = (memory: number) => `<VM><ID>7</ID><TEMPLATE><CPU>1</CPU><MEMORY>${memory}</MEMORY></TEMPLATE></VM>`;
const answer = (bytes: number) =>
  JSON.stringify({ disks: [{ id: 0, virtualSize: 100, bytes, blockBytes: 50, blocks: [bytes, 0] }] });

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
  await storeBackup(bare.core.db, { id: 301, vmId: 7, datastoreId }, [
    { vmDocument: document(512) },
    { vmDocument: document(512) },
    { vmDocument: document(1024) },
  ]);
  bare.drivers.on("datastore/changes", () => answer(10));
});
afterAll(() => bare.close());

const compare = () => comparePoints(bare.ctx, pair);
const update = (where: { id: number }, data: { broken?: string | null; expiredAt?: Date | null; source?: string }) =>
  bare.core.db.increment.update({ where: { imageId_id: { imageId: 301, id: where.id } }, data });

test("settings that differ are named, those that are alike are not", async () => {
  expect(await compare()).toMatchObject({
    increments: 2,
    settings: [{ section: "", name: "MEMORY", before: "512", after: "1024", change: "changed" }],
  });
});

test("only who may use the backup may compare its points", async () => {
  const stranger = { core: bare.core, actor: await bare.user("stranger") };
  await expect(comparePoints(stranger, pair)).rejects.toMatchObject({ code: "NOT_AUTHORIZED" });
});

test("points that cannot be compared are refused with the reason", async () => {
  await expect(comparePoints(bare.ctx, { ...pair, from: 2, to: 0 })).rejects.toMatchObject({
    code: "COMPARE_IMPOSSIBLE",
  });
  await expect(comparePoints(bare.ctx, { ...pair, to: 9 })).rejects.toMatchObject({ code: "INCREMENT_NOT_FOUND" });
  await update({ id: 1 }, { broken: "a file is missing" });
  await expect(compare()).rejects.toThrow("Increment 1 lies between the two points and cannot be read");
  await update({ id: 1 }, { broken: null });
  await update({ id: 0 }, { expiredAt: new Date() });
  await expect(compare()).rejects.toThrow("being merged");
  await update({ id: 0 }, { expiredAt: null });
});

test("an answer that does not add up, and a merge that went on meanwhile, give no figure", async () => {
  bare.drivers.on("datastore/changes", () => answer(60));
  await expect(compare()).rejects.toMatchObject({ code: "DRIVER_ANSWER" });
  bare.drivers.on("datastore/changes", () => "nonsense");
  await expect(compare()).rejects.toMatchObject({ code: "DRIVER_ANSWER" });
  bare.drivers.on("datastore/changes", async () => {
    await update({ id: 2 }, { source: "abcdef" });
    return answer(10);
  });
  await expect(compare()).rejects.toThrow("being merged");
});
