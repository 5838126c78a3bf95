import { expect, test } from "vitest";
import { batched } from "./batch";
import type { Core } from "./core";

const core = {} as Core; // only a key here

test("what is asked for together is read together, once; later questions are read anew", async () => {
  const reads: (readonly number[])[] = [];
  const ask = batched(async (_core, keys: readonly number[]) => {
    reads.push(keys);
    return new Map(keys.filter((key) => key < 10).map((key) => [key, `${key} in read ${reads.length}`]));
  });
  expect(await Promise.all([ask(core, 1), ask(core, 2), ask(core, 1), ask(core, 99)])).toEqual([
    "1 in read 1",
    "2 in read 1",
    "1 in read 1",
    undefined,
  ]);
  expect(await ask(core, 1)).toBe("1 in read 2");
  expect(reads).toEqual([[1, 2, 99], [1]]);
});

test("a question that comes while a read is under way does not get that read's answer", async () => {
  let stored = "old";
  let release: () => void = () => undefined;
  const hold = new Promise<void>((resolve) => {
    release = resolve;
  });
  let began: () => void = () => undefined;
  const reading = new Promise<void>((resolve) => {
    began = resolve;
  });
  const ask = batched(async (_core, keys: readonly string[]) => {
    const seen = stored;
    began();
    await hold;
    return new Map(keys.map((key) => [key, seen]));
  });
  const early = ask(core, "user");
  await reading;
  stored = "new";
  const late = ask(core, "user");
  release();
  expect(await Promise.all([early, late])).toEqual(["old", "new"]);
});

test("a row that cannot be read fails for those who asked for it only", async () => {
  const ask = batched(async (_core, keys: readonly number[]) => {
    if (keys.includes(13)) throw new Error("row 13");
    return new Map(keys.map((key) => [key, key]));
  });
  const results = await Promise.allSettled([ask(core, 1), ask(core, 13), ask(core, 2)]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await ask(core, 3)).toBe(3);
});

test("many keys go in several reads", async () => {
  const sizes: number[] = [];
  const ask = batched(async (_core, keys: readonly number[]) => {
    sizes.push(keys.length);
    return new Map(keys.map((key) => [key, key]));
  });
  await Promise.all(Array.from({ length: 150 }, (_, key) => ask(core, key)));
  expect(sizes).toEqual([64, 64, 22]);
});
