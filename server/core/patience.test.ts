import { expect, test } from "vitest";
import { patiently } from "./patience";

/** Fails with each of `errors` in turn, then succeeds; tells how often it was asked. */
function failing(errors: readonly unknown[]) {
  const left = [...errors];
  const state = { asked: 0, slept: 0 };
  const work = async () => {
    state.asked++;
    if (left.length > 0) throw left.shift();
    return "done";
  };
  const sleep = async (ms: number) => {
    state.slept += ms;
  };
  return { state, work, clock: { sleep } };
}

const closed = () => new Error("Connection terminated unexpectedly");

test.each([
  ["a cut connection", closed()],
  ["a server that shuts down", Object.assign(new Error("terminating connection"), { code: "57P01" })],
  ["a server that cannot be reached", Object.assign(new Error("down"), { code: "P1001", clientVersion: "7" })],
  ["a refused socket of the client", Object.assign(new Error("x"), { code: "ECONNREFUSED", clientVersion: "7" })],
  ["the same as a cause", new Error("wrapped", { cause: closed() })],
])("%s is waited for", async (_name, error) => {
  const { state, work, clock } = failing([error, error]);
  expect(await patiently(clock, work)).toBe("done");
  expect(state).toMatchObject({ asked: 3, slept: 750 });
});

test.each([
  ["a missing file", Object.assign(new Error("no file"), { code: "ENOENT" })],
  ["a refused socket of somebody else", Object.assign(new Error("refused"), { code: "ECONNREFUSED" })],
  ["a broken rule", Object.assign(new Error("unique"), { code: "P2002", clientVersion: "7" })],
])("%s is not", async (_name, error) => {
  const { state, work, clock } = failing([error]);
  await expect(patiently(clock, work)).rejects.toBe(error);
  expect(state).toEqual({ asked: 1, slept: 0 });
});

test("it gives up after about two minutes", async () => {
  const { state, work, clock } = failing(Array.from({ length: 50 }, closed));
  await expect(patiently(clock, work)).rejects.toThrow("Connection terminated");
  expect(state.asked).toBe(10);
  expect(state.slept).toBeGreaterThan(100_000);
  expect(state.slept).toBeLessThan(150_000);
});
