import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { readRunBefore } from "./before";

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
