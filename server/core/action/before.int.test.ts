import { afterAll, beforeAll, expect, test } from "vitest";
import { requestBackup } from "../backup/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { listAttempts } from "./attempts";
import { readRunBefore } from "./before";
import { getAction } from "./queries";
import { retryAction } from "./retry";

let bare: BareCore;
beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("a backup is compared with the last good one of its sort, and only where one may see both", async () => {
  const vmId = await bare.vm("compared");
  let id = 600;
  const ran = async (incrementId: number | null, bytes: bigint, more: object = {}): Promise<number> => {
    const startedAt = new Date(bare.clock.now() + id * 1000);
    const who = { actorId: 0, actorName: "oneadmin", input: {}, progress: {} };
    const ended = { startedAt, createdAt: startedAt, endedAt: new Date(startedAt.getTime() + 500) };
    const result = incrementId === null ? {} : { imageId: 1, incrementId };
    await bare.core.db.action.create({
      data: { id, kind: "backup", state: "DONE", vmId, bytes, result, ...who, ...ended, ...more },
    });
    return id++;
  };
  const full = await ran(0, 1000n);
  const first = await ran(1, 10n);
  await ran(2, 99n, { state: "FAILED" });
  const second = await ran(2, 20n);
  const nextFull = await ran(0, 1100n);
  const third = await ran(1, 30n);
  const restore = await ran(1, 30n, { kind: "restore" });

  const before = async (actionId: number) => (await readRunBefore(bare.ctx, actionId))?.actionId ?? null;
  expect(await before(full)).toBeNull();
  expect(await before(first)).toBeNull();
  expect(await before(second)).toBe(first);
  expect(await before(nextFull)).toBe(full);
  expect(await readRunBefore(bare.ctx, third)).toMatchObject({ actionId: second, bytes: 20, ms: 500 });
  expect(await before(restore)).toBeNull();

  const stranger = { core: bare.core, actor: await bare.user("stranger") };
  await expect(readRunBefore(stranger, third)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a retry is an attempt of the first run; what waits knows its place", async () => {
  const { core, ctx } = bare;
  const datastoreId = await bare.datastore("again");
  const [one, two] = [await bare.vm("again-1"), await bare.vm("again-2")];
  const actionIds: number[] = [];
  for (const vmId of [one, two]) {
    actionIds.push((await requestBackup(ctx, { vmId, datastoreId, reset: false })).actionId);
  }
  const [first = -1, other = -1] = actionIds;
  expect((await getAction(ctx, other)).queue).toEqual({ place: 2, of: 2 });
  expect(await listAttempts(ctx, first)).toHaveLength(1);
  let last = first;
  const all = [first];
  for (let round = 0; round < 2; round++) {
    await core.db.action.update({ where: { id: last }, data: { state: "FAILED", error: `round ${round}` } });
    await core.db.vm.update({ where: { id: one }, data: { state: "POWEROFF" } });
    last = (await retryAction(ctx, last)).actionId;
    all.push(last);
  }
  for (const actionId of all) {
    expect((await listAttempts(ctx, actionId)).map((attempt) => [attempt.actionId, attempt.error])).toEqual([
      [all[0], "round 0"],
      [all[1], "round 1"],
      [all[2], null],
    ]);
  }
  expect(await listAttempts(ctx, other)).toHaveLength(1);
  await core.db.action.updateMany({ where: { id: { in: [last, other] } }, data: { state: "CANCELLED" } });
});
