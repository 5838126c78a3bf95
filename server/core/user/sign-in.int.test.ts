import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore, USER_PASSWORD } from "../testing/bare-core";
import { signIn } from "./sign-in";

let bare: BareCore;
let users = 0;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

/** A new account and address, so that no test throttles another. */
async function someone() {
  users += 1;
  const name = `user-${users}`;
  await bare.user(name);
  const address = `192.0.2.${users}`;
  const enter = (password: string, from = address) =>
    signIn(bare.core, { name, password, address: from, by: "browser" }).then(
      ({ actor }) => actor.name,
      (error) => error.code as string,
    );
  return { name, address, right: USER_PASSWORD, enter };
}

test("the right password signs in, a wrong one or an unknown user gets the same refusal", async () => {
  const { name, right, enter, address } = await someone();
  expect(await enter(right)).toBe(name);
  expect(await enter("wrong")).toBe("SIGN_IN_FAILED");
  await expect(signIn(bare.core, { name: "nobody", password: "x", address, by: "browser" })).rejects.toMatchObject({
    code: "SIGN_IN_FAILED",
    message: "The user name or the password is wrong.",
  });
});

test("after five failures each next one doubles the wait, up to fifteen minutes", async () => {
  const { name, right, enter, address } = await someone();
  // So many that the next one is the `n`th; hashing a password is slow, so not every failure is made for real.
  const failedBefore = (n: number) =>
    bare.core.db.signInAttempt.updateMany({ where: { key: `pair:${address} ${name}` }, data: { failures: n - 1 } });
  for (let failure = 1; failure <= 5; failure += 1) expect(await enter("wrong")).toBe("SIGN_IN_FAILED");
  for (const [nth, seconds] of [
    [6, 1],
    [7, 2],
    [8, 4],
    [15, 512],
    [16, 900],
    [17, 900],
    [2_000_000_000, 900],
  ] as const) {
    await failedBefore(nth);
    expect(await enter("wrong")).toBe("SIGN_IN_FAILED");
    await expect(signIn(bare.core, { name, password: right, address, by: "browser" })).rejects.toMatchObject({
      code: "TOO_MANY_ATTEMPTS",
      data: { retrySeconds: seconds },
    });
    bare.clock.advance(seconds * 1000 - 1);
    expect(await enter(right)).toBe("TOO_MANY_ATTEMPTS");
    bare.clock.advance(1);
    // The wider limits are not what is looked at here.
    await bare.core.db.signInAttempt.deleteMany({ where: { key: { in: [`address:${address}`, `user:${name}`] } } });
  }
});

test("a right password takes the count back", async () => {
  const { name, right, enter } = await someone();
  for (let failure = 1; failure <= 5; failure += 1) await enter("wrong");
  expect(await enter(right)).toBe(name);
  for (let failure = 1; failure <= 5; failure += 1) expect(await enter("wrong")).toBe("SIGN_IN_FAILED");
  expect(await enter(right)).toBe(name);
});

test("failures are forgotten after an hour without one", async () => {
  const { name, right, enter } = await someone();
  for (let failure = 1; failure <= 6; failure += 1) await enter("wrong");
  expect(await enter(right)).toBe("TOO_MANY_ATTEMPTS");
  bare.clock.advance(61 * 60_000);
  for (let failure = 1; failure <= 5; failure += 1) expect(await enter("wrong")).toBe("SIGN_IN_FAILED");
  expect(await enter(right)).toBe(name);
});

test("guesses from many addresses slow an account down by a minute at most, and never lock its owner out", async () => {
  const { name, right, enter } = await someone();
  await enter("wrong");
  await bare.core.db.signInAttempt.updateMany({ where: { key: `user:${name}` }, data: { failures: 5_000 } });
  expect(await enter("wrong", "198.51.100.1")).toBe("SIGN_IN_FAILED");
  expect(await enter(right)).toBe("TOO_MANY_ATTEMPTS");
  bare.clock.advance(60_000);
  expect(await enter(right)).toBe(name);
});

test("an address that tries one account after the other is blocked, others are not", async () => {
  const { name, right, enter } = await someone();
  const from = "203.0.113.1";
  await enter("wrong", from);
  await bare.core.db.signInAttempt.updateMany({ where: { key: `address:${from}` }, data: { failures: 20 } });
  await signIn(bare.core, { name: "guess", password: "x", address: from, by: "browser" }).catch(() => undefined);
  expect(await enter(right, from)).toBe("TOO_MANY_ATTEMPTS");
  expect(await enter(right)).toBe(name);
});

test("guesses sent at once are counted one by one", async () => {
  const { enter } = await someone();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => enter(`guess-${index}`)));
  expect(answers.filter((answer) => answer === "SIGN_IN_FAILED")).toHaveLength(6);
  expect(answers.filter((answer) => answer === "TOO_MANY_ATTEMPTS")).toHaveLength(14);
});

test("a disabled user is refused like a wrong password", async () => {
  const { name, right, enter } = await someone();
  await bare.core.db.user.update({ where: { name }, data: { enabled: false } });
  expect(await enter(right)).toBe("SIGN_IN_FAILED");
});

test("sign-ins of browsers, failures and the waits they begin are audited; programs that are right are not", async () => {
  const { name, right, enter, address } = await someone();
  const { id } = await bare.core.db.user.findUniqueOrThrow({ where: { name } });
  expect(await enter(right)).toBe(name);
  await signIn(bare.core, { name, password: right, address, by: "program" });
  for (let failure = 1; failure <= 6; failure += 1) await enter("wrong");
  expect(await enter("wrong")).toBe("TOO_MANY_ATTEMPTS");
  await signIn(bare.core, { name: "my secret password", password: "x", address: "203.0.113.9", by: "browser" }).catch(
    () => undefined,
  );
  const entries = await bare.core.db.auditEntry.findMany({
    where: { userId: { in: [id, -1] } },
    orderBy: { id: "asc" },
  });
  const mine = entries.filter((entry) => entry.userId === id);
  expect(mine.map(({ what, result }) => `${what} ${result}`)).toEqual([
    "sign-in done",
    ...Array<string>(6).fill("sign-in refused"),
    "sign-in-blocked done",
  ]);
  expect(mine.at(-1)).toMatchObject({ object: "user", objectId: id, data: { address, by: "browser", seconds: 1 } });
  expect(JSON.stringify(entries, (_key, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
    "my secret password",
  );
  expect(entries.at(-1)).toMatchObject({ userName: "unknown", what: "sign-in", result: "refused" });
});
