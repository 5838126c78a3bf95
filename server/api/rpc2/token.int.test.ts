import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore, USER_PASSWORD } from "../../core/testing/bare-core";
import { findTokenHolder } from "../../core/token/check";
import { createToken, revokeToken } from "../../core/token/commands";
import { listTokens } from "../../core/token/queries";
import { enableUser } from "../../core/user/admin";
import { changePassword } from "../../core/user/commands";
import { changeMembership, createGroup } from "../../core/user/groups";
import { childText, parseXml } from "../../lib/xml/parse";
import { rpcClient } from "./testing/client";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

const NOT_KNOWN = { ok: false, code: 0x0100 };

async function someone(name: string) {
  const actor = await bare.user(name);
  const as = (secret: string) => rpcClient(bare.core, `${name}:${secret}`);
  return { actor, ctx: { core: bare.core, actor }, as, password: as(USER_PASSWORD) };
}

test("a login token stands for the password until it ends, and only with its own user's name", async () => {
  const { as, password } = await someone("lea");
  const made = await password("one.user.login", "lea", "", 60, -1);
  const token = String(made.value);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(await as(token)("one.system.version")).toMatchObject({ ok: true });
  expect(await rpcClient(bare.core, `oneadmin:${token}`)("one.system.version")).toMatchObject(NOT_KNOWN);
  const user = parseXml(String((await password("one.user.info", -1)).value));
  expect(childText(user, "LOGIN_TOKEN", "TOKEN")).toBe(token.slice(0, 8));
  expect(childText(user, "LOGIN_TOKEN", "EGID")).toBe("-1");
  expect(await password("one.user.login", "lea", token, 600)).toMatchObject({ ok: true, value: token });
  bare.clock.advance(61_000);
  expect(await as(token)("one.system.version")).toMatchObject({ ok: true });
  bare.clock.advance(600_000);
  expect(await as(token)("one.system.version")).toMatchObject(NOT_KNOWN);
});

test("a token ends at once: by a period of 0, by a new password, with its user", async () => {
  const { actor, ctx, as, password } = await someone("max");
  const make = async () => String((await password("one.user.login", "max", "", -1, -1)).value);
  const first = await make();
  expect(await as(first)("one.system.version")).toMatchObject({ ok: true });
  expect(await password("one.user.login", "max", first, 0, -1)).toMatchObject({ ok: true, value: "" });
  expect(await as(first)("one.system.version")).toMatchObject(NOT_KNOWN);
  const second = await make();
  await enableUser(bare.ctx, { userId: actor.userId, enabled: false });
  expect(await as(second)("one.system.version")).toMatchObject(NOT_KNOWN);
  await enableUser(bare.ctx, { userId: actor.userId, enabled: true });
  expect(await as(second)("one.system.version")).toMatchObject({ ok: true });
  const api = await createToken(ctx, { kind: "api", name: "ci", scope: "read", days: 1, groupId: null });
  await changePassword(ctx, { userId: actor.userId, oldPassword: USER_PASSWORD, newPassword: "another long password" });
  expect(await as(second)("one.system.version")).toMatchObject(NOT_KNOWN);
  expect(await findTokenHolder(bare.core, { kind: "api", secret: api.secret })).toMatchObject({ scope: "read" });
});

test("a token of one group has that group's rights only, makes none of all, and ends when the user leaves it", async () => {
  const { actor, as, password } = await someone("nils");
  const { groupId } = await createGroup(bare.ctx, { name: "team" });
  const member = { userId: actor.userId, groupId };
  expect(await password("one.user.login", "nils", "", 60, groupId)).toMatchObject({
    code: 0x1000,
    value: "[one.user.login] EGID is not in user group list",
  });
  await changeMembership(bare.ctx, { ...member, change: "add" });
  const token = String((await password("one.user.login", "nils", "", 60, groupId)).value);
  const found = await findTokenHolder(bare.core, { kind: "login", secret: token, userName: "nils" });
  expect(found?.actor.groupIds).toEqual([groupId]);
  expect(await as(token)("one.user.login", "nils", "", 60, -1)).toMatchObject({ ok: false, code: 0x1000 });
  expect(await as(token)("one.user.login", "nils", "", 60, groupId)).toMatchObject({ ok: true });
  await changeMembership(bare.ctx, { ...member, change: "remove" });
  expect(await as(token)("one.system.version")).toMatchObject(NOT_KNOWN);
});

test("only administrators make tokens of others; periods, short secrets and too many are refused", async () => {
  const { password } = await someone("olga");
  await someone("paul");
  expect(await password("one.user.login", "paul", "", 60, -1)).toMatchObject({ code: 0x0200 });
  expect(await password("one.user.login", "nobody", "", 60, -1)).toMatchObject({ code: 0x0200 });
  expect(await password("one.user.login", "olga", "", -2, -1)).toMatchObject({
    code: 0x1000,
    value: "[one.user.login] Wrong valid period for token",
  });
  expect(await password("one.user.login", "olga", "short", 60, -1)).toMatchObject({ code: 0x1000 });
  const own = `${"a".repeat(20)}0123456789abcdef`;
  expect(await password("one.user.login", "olga", own, 60, -1)).toMatchObject({ ok: true, value: own });
  for (let index = 1; index < 10; index++) await password("one.user.login", "olga", "", 60, -1);
  expect(await password("one.user.login", "olga", "", 60, -1)).toMatchObject({
    value: /Max number of tokens limit reached/,
  });
  bare.clock.advance(61_000);
  expect(await password("one.user.login", "olga", "", 60, -1)).toMatchObject({ ok: true });
});

test("one's own tokens are listed without the secret, revoked by their owner, and leave rows in the audit log", async () => {
  const { actor, ctx } = await someone("rita");
  const { ctx: other } = await someone("sam");
  const { tokenId, secret } = await createToken(ctx, {
    kind: "api",
    name: "ci",
    scope: "operate",
    days: 30,
    groupId: null,
  });
  expect(secret).toMatch(/^strata_[\w-]{43}$/);
  expect(await findTokenHolder(bare.core, { kind: "login", secret })).toBeNull();
  await findTokenHolder(bare.core, { kind: "api", secret });
  const [row] = await listTokens(ctx);
  expect(row).toMatchObject({
    id: tokenId,
    start: secret.slice(0, 15),
    scope: "operate",
    lastUsedAt: bare.clock.now(),
  });
  expect(await listTokens(other)).toEqual([]);
  await expect(revokeToken(other, { tokenId })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await revokeToken(ctx, { tokenId });
  expect(await findTokenHolder(bare.core, { kind: "api", secret })).toBeNull();
  const stored = JSON.stringify([
    await bare.core.db.accessToken.findMany(),
    await bare.core.db.auditEntry.findMany({
      where: { objectId: actor.userId, object: "user" },
      select: { what: true, data: true },
    }),
  ]);
  expect(stored).toContain("token-revoke");
  expect(stored).not.toContain(secret.slice(16));
});

test("guessed tokens are throttled like passwords; the right token is not kept out by the guesses", async () => {
  const { as, password } = await someone("tom");
  const token = String((await password("one.user.login", "tom", "", 600, -1)).value);
  for (let guess = 0; guess < 7; guess++) await as(`${guess}`.repeat(64))("one.system.version");
  expect(await password("one.userpool.info")).toMatchObject({ ok: true }); // known since its first call
  const blocked = await bare.core.db.signInAttempt.findFirstOrThrow({ where: { key: { endsWith: " tom" } } });
  expect(blocked.blockedTo.getTime()).toBeGreaterThan(bare.clock.now());
  expect(await as(token)("one.system.version")).toMatchObject({ ok: true });
});
