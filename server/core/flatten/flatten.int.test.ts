import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelAction } from "../action/cancel";
import { listActions } from "../action/queries";
import { getChain } from "../backup/queries";
import { requestBackup } from "../backup/request";
import { requestImageDelete } from "../image/commands";
import { requestRestore } from "../restore/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { updateBackupConfig } from "../vm/commands";
import { parseVm } from "../vm/rows";

let bare: BareCore;
let vmId: number;
let datastoreId: number;
let imageId: number;
let names = 0;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

const vm = async () => parseVm(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
const image = () => bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } });
const points = () =>
  bare.core.db.increment.findMany({
    where: { imageId },
    orderBy: { id: "asc" },
    select: { id: true, type: true, parentId: true, source: true, sizeMb: true, expiredAt: true },
  });
const queued = async () =>
  await bare.core.db.action.findMany({ where: { kind: "increment-flatten", imageId, state: "PENDING" } });

async function backup(): Promise<void> {
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  imageId = (await vm()).backupConfig.incrementalBackupId;
}

/** What our driver answers for a document: the last KEEP_LAST points, 7 MiB, and what it was asked. */
function answerOf(document: string): string {
  const keep = Number(/<KEEP_LAST>(\d+)</.exec(document)?.[1]);
  const all = [...document.matchAll(/<INCREMENT>.*?<ID>(\d+)<.*?<SOURCE>([^<]+)</gs)].map((m) => `${m[1]}:${m[2]}`);
  return `7 ${all.slice(-keep).join(",")}`;
}

beforeEach(async () => {
  const name = `flatten-${names++}`;
  vmId = await bare.vm(name);
  datastoreId = await bare.datastore(name);
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT", keepLast: 3 } });
  bare.drivers.on("datastore/increment_flatten", ({ document }) => answerOf(document));
  bare.drivers.on("datastore/rm", () => "");
});

describe("KEEP_LAST of a chain", () => {
  test("beyond it a merge is queued, runs, and settles points, sizes and quota", async () => {
    const owner = await bare.user(`owner-${names}`);
    await bare.core.db.vm.update({ where: { id: vmId }, data: { uid: owner.userId, gid: 1 } });
    for (let n = 0; n < 3; n++) await backup();
    expect(await queued()).toHaveLength(0);
    await backup();
    const [action] = await queued();
    const before = await points();
    bare.drivers.calls.length = 0;
    expect(await bare.run(action?.id ?? -1)).toMatchObject({ state: "DONE", error: null });

    const after = await points();
    expect(after.map((point) => [point.id, point.type, point.parentId, point.expiredAt])).toEqual([
      [1, "FULL", -1, null],
      [2, "INCREMENT", 1, null],
      [3, "INCREMENT", 2, null],
    ]);
    expect(await image()).toMatchObject({ state: "READY", sizeMb: 7 + 5 + 5, error: null });
    expect((await vm()).backupConfig).toMatchObject({ activeFlatten: false, lastIncrementId: 3 });
    const quota = await bare.core.db.datastoreQuota.findFirstOrThrow({
      where: { subject: "user", subjectId: owner.userId, datastoreId },
    });
    expect(quota).toMatchObject({ sizeUsedMb: 17, imagesUsed: 1 });
    // What was merged goes after the record, by the sources that are in no place any more.
    const removal = bare.drivers.calls.find((call) => call.action === "rm");
    expect(removal?.document).toContain(before[0]?.source);
    for (const { source } of after) expect(removal?.document).not.toContain(`<SOURCE>${source}</SOURCE><TYPE>`);
    // The chain goes on.
    await backup();
    expect((await points()).at(-1)).toMatchObject({ id: 4, parentId: 3 });
  });

  test("a failure leaves the chain; the next increment tries again and takes all of it", async () => {
    for (let n = 0; n < 4; n++) await backup();
    bare.drivers.on("datastore/increment_flatten", () => {
      throw new Error("the disk of the server is broken");
    });
    expect(await bare.run((await queued())[0]?.id ?? -1)).toMatchObject({ state: "FAILED" });
    expect(await points()).toHaveLength(4);
    expect(await image()).toMatchObject({ state: "READY", error: expect.stringContaining("is broken") });
    expect((await vm()).backupConfig.activeFlatten).toBe(false);
    // Nobody knows what it has done: the oldest stays marked, the others can be restored.
    const chain = await getChain(bare.ctx, imageId);
    expect(chain.points.map((point) => point.broken === null)).toEqual([false, true, true, true]);
    const imageDatastore = await bare.core.db.datastore.findFirstOrThrow({ where: { type: "IMAGE" } });
    const restoreOf = (incrementId: number) =>
      requestRestore(bare.ctx, {
        imageId,
        incrementId,
        diskIds: [],
        datastoreId: imageDatastore.id,
        name: `restored-${names}-${incrementId}`,
        network: "keep",
        instantiate: null,
      });
    await expect(restoreOf(0)).rejects.toMatchObject({ code: "RESTORE_CONFLICT" });
    const { actionId } = await restoreOf(1);
    await cancelAction(bare.ctx, actionId);

    bare.drivers.on("datastore/increment_flatten", ({ document }) => answerOf(document));
    await backup();
    expect(await bare.run((await queued())[0]?.id ?? -1)).toMatchObject({ state: "DONE" });
    expect((await points()).map((point) => point.id)).toEqual([2, 3, 4]);
  });

  test("a driver that says nothing was changed gives the marked points back", async () => {
    for (let n = 0; n < 4; n++) await backup();
    bare.drivers.on("datastore/increment_flatten", (call) => {
      call.onChainWhole?.();
      throw new Error("no space");
    });
    expect(await bare.run((await queued())[0]?.id ?? -1)).toMatchObject({ state: "FAILED" });
    expect((await points()).map((point) => point.expiredAt)).toEqual([null, null, null, null]);
  });

  test.each(["", "7 9:abcdef,2:abcdef,3:abcdef", "7 1:abcdef", "no answer"])(
    "the answer %j changes nothing",
    async (stdout) => {
      for (let n = 0; n < 4; n++) await backup();
      bare.drivers.on("datastore/increment_flatten", () => stdout);
      expect(await bare.run((await queued())[0]?.id ?? -1)).toMatchObject({ state: "FAILED" });
      expect((await points()).map((point) => [point.id, point.type])).toEqual([
        [0, "FULL"],
        [1, "INCREMENT"],
        [2, "INCREMENT"],
        [3, "INCREMENT"],
      ]);
    },
  );

  test("merged files that cannot be removed are told, and the merge counts", async () => {
    for (let n = 0; n < 4; n++) await backup();
    bare.drivers.on("datastore/rm", () => {
      throw new Error("read-only");
    });
    expect(await bare.run((await queued())[0]?.id ?? -1)).toMatchObject({ state: "DONE" });
    expect(await points()).toHaveLength(3);
  });

  test("a restore that reads the chain is waited for, and says so; while merging nothing else may", async () => {
    for (let n = 0; n < 4; n++) await backup();
    const imageDatastore = await bare.core.db.datastore.findFirstOrThrow({ where: { type: "IMAGE" } });
    const request = {
      imageId,
      incrementId: 0,
      diskIds: [],
      datastoreId: imageDatastore.id,
      name: `reader-${names}`,
      network: "keep" as const,
      instantiate: null,
    };
    const { actionId: restoreId } = await requestRestore(bare.ctx, request);
    const [action] = await queued();
    const row = async () =>
      (await listActions(bare.ctx, { limit: 100, offset: 0, descending: true })).rows.find((r) => r.id === action?.id);
    expect((await row())?.waitReason).toContain(`run ${restoreId} (restore) is reading the chain`);
    await expect(bare.run(action?.id ?? -1)).rejects.toThrow("has to wait");
    expect((await points()).every((point) => point.expiredAt === null)).toBe(true);
    await cancelAction(bare.ctx, restoreId);
    expect((await row())?.waitReason).not.toContain("reading");

    const refused: unknown[] = [];
    bare.drivers.on("datastore/increment_flatten", async ({ document }) => {
      for (const attempt of [
        () => requestRestore(bare.ctx, { ...request, incrementId: 3 }),
        () => requestImageDelete(bare.ctx, imageId),
        () => requestBackup(bare.ctx, { vmId, datastoreId, reset: true }),
      ]) {
        refused.push(await attempt().catch((error: unknown) => (error as { code: string }).code));
      }
      expect((await points()).map((point) => point.expiredAt !== null)).toEqual([true, false, false, false]);
      return answerOf(document);
    });
    expect(await bare.run(action?.id ?? -1)).toMatchObject({ state: "DONE" });
    expect(refused).toEqual(["IMAGE_WRONG_STATE", "BACKUP_IMAGE_BUSY", "VM_IMAGE_BUSY"]);
  });

  test("cancelled before it began, nothing is marked; a backup of the VM goes first; one merge is queued at a time", async () => {
    for (let n = 0; n < 4; n++) await backup();
    const [action] = await queued();
    const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
    await expect(bare.run(action?.id ?? -1)).rejects.toThrow("has to wait");
    expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
    expect(await queued()).toHaveLength(1);
    await cancelAction(bare.ctx, action?.id ?? -1);
    expect(await image()).toMatchObject({ state: "READY" });
    expect((await points()).every((point) => point.expiredAt === null)).toBe(true);
    await backup();
    expect(await queued()).toHaveLength(1);
  });

  test("a chain that is gone, or long enough again, leaves nothing to merge", async () => {
    for (let n = 0; n < 4; n++) await backup();
    await updateBackupConfig(bare.ctx, { vmId, config: { keepLast: 0 }, append: true });
    expect(await bare.run((await queued())[0]?.id ?? -1)).toMatchObject({ state: "DONE" });
    expect(await points()).toHaveLength(4);
  });

  test("a merge that makes the full larger is accounted, whatever the limit", async () => {
    const owner = await bare.user(`grown-${names}`);
    await bare.core.db.vm.update({ where: { id: vmId }, data: { uid: owner.userId, gid: 1 } });
    for (let n = 0; n < 4; n++) await backup();
    bare.drivers.on("datastore/increment_flatten", ({ document }) => answerOf(document).replace(/^7/, "40"));
    await bare.core.db.datastoreQuota.updateMany({ where: { datastoreId }, data: { sizeLimitMb: 20 } });
    expect(await bare.run((await queued())[0]?.id ?? -1)).toMatchObject({ state: "DONE" });
    expect(await image()).toMatchObject({ sizeMb: 50 });
  });
});
