import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../../core/testing/bare-core";
import { createToken, revokeToken } from "../../core/token/commands";
import type { TokenScope } from "../../domain/access-token";
import type { Actor } from "../../domain/actor";
import { handleV1 } from "./handle";
import { openApiDocument } from "./openapi";
import { operations } from "./operations";
import { CALLS_A_MINUTE, takeCall } from "./rate";

let bare: BareCore;
let ana: Actor;
let vmId: number;

beforeAll(async () => {
  bare = await startBareCore();
  ana = await bare.user("ana");
  vmId = await bare.vm("web", ana);
  await bare.vm("secret");
});

afterAll(() => bare.close());

async function tokenOf(scope: TokenScope, actor = ana) {
  return await createToken({ core: bare.core, actor }, { kind: "api", name: scope, scope, days: 1, groupId: null });
}

interface Call {
  secret?: string;
  body?: unknown;
  raw?: string;
  address?: string;
  headers?: Record<string, string>;
}

async function call(method: "GET" | "POST", path: string, { secret, body, raw, address, headers }: Call = {}) {
  const response = await handleV1(
    bare.core,
    new Request(`http://strata.test/api/v1/${path}`, {
      method,
      headers: {
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        ...(method === "POST" ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(method === "POST" ? { body: raw ?? JSON.stringify(body ?? {}) } : {}),
    }),
    address ?? "192.0.2.7",
  );
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\.ts:\d/);
  return { status: response.status, json: JSON.parse(text), headers: response.headers };
}

test("a token reads what its user may see, with parameters of the address", async () => {
  const { secret } = await tokenOf("read");
  const list = await call("GET", "vm/list?offset=0&limit=10", { secret });
  expect(list.status).toBe(200);
  expect(list.json).toMatchObject({ total: 1, rows: [{ id: vmId, name: "web" }] });
  expect((await call("GET", `vm/get?vmId=${vmId}`, { secret })).json).toMatchObject({ id: vmId });
  expect(await call("GET", `vm/get?vmId=${vmId + 1}`, { secret })).toMatchObject({
    status: 403,
    json: { error: { code: "FORBIDDEN", appCode: "NOT_AUTHORIZED", fields: [] } },
  });
  expect(await call("GET", "vm/get?vmId=x", { secret })).toMatchObject({
    status: 400,
    json: { error: { code: "BAD_REQUEST", fields: [{ path: "vmId" }] } },
  });
});

test("only a bearer token signs in; an ended or revoked one does not", async () => {
  const made = await tokenOf("read");
  expect(await call("GET", "vm/list?offset=0&limit=10")).toMatchObject({ status: 401 });
  const cookie = { headers: { cookie: `next-auth.session-token=${made.secret}` } };
  expect(await call("GET", "vm/list?offset=0&limit=10", cookie)).toMatchObject({ status: 401 });
  const login = await createToken(
    { core: bare.core, actor: ana },
    { kind: "login", name: "x", scope: "admin", days: 1, groupId: null },
  );
  expect(await call("GET", "system/view", { secret: login.secret })).toMatchObject({ status: 401 });
  expect(await call("GET", "system/view", { secret: made.secret })).toMatchObject({ status: 200 });
  await revokeToken({ core: bare.core, actor: ana }, { tokenId: made.tokenId });
  expect(await call("GET", "system/view", { secret: made.secret })).toMatchObject({ status: 401 });
  const short = await tokenOf("read");
  bare.clock.advance(25 * 3600_000);
  expect(await call("GET", "system/view", { secret: short.secret })).toMatchObject({ status: 401 });
});

test("scopes: read only looks, operate runs, admin changes; nothing reaches the means to sign in", async () => {
  const [read, operate, admin] = [await tokenOf("read"), await tokenOf("operate"), await tokenOf("admin")];
  const start = (secret: string) => call("POST", "vm/start", { secret, body: { vmId } });
  const chmod = (secret: string) =>
    call("POST", "access/changePermissions", { secret, body: { kind: "vm", id: vmId, permissions: 0o640 } });
  expect(await start(read.secret)).toMatchObject({ status: 403, json: { error: { code: "FORBIDDEN" } } });
  expect(await start(operate.secret)).toMatchObject({ status: 200, json: { actionId: expect.any(Number) } });
  expect(await chmod(operate.secret)).toMatchObject({ status: 403 });
  expect(await chmod(admin.secret)).toMatchObject({ status: 200, json: null });
  // A scope is no right: what its user may not do stays refused.
  expect(await call("GET", "user/list", { secret: admin.secret })).toMatchObject({
    status: 403,
    json: { error: { appCode: "ADMIN_ONLY" } },
  });
  for (const path of ["token/create", "token/list", "user/changePassword", "events/live", "demo/load", "__proto__"]) {
    expect(await call("POST", path, { secret: admin.secret })).toMatchObject({ status: 404 });
  }
});

test("hostile requests get an error of the model, never a stack", async () => {
  const { secret } = await tokenOf("admin");
  const post = (raw: string, headers = {}) => call("POST", "vm/start", { secret, raw, headers });
  expect(await post("{")).toMatchObject({ status: 400, json: { error: { code: "PARSE_ERROR" } } });
  expect(await post("[".repeat(100_000))).toMatchObject({ status: 400 });
  expect(await post(`{"vmId":${"9".repeat(400)}}`)).toMatchObject({ status: 400 });
  expect(await post('{"__proto__":{"vmId":1}}')).toMatchObject({ status: 400 });
  expect(await post("x".repeat(2 * 1024 * 1024))).toMatchObject({ status: 413 });
  expect(await post("{}", { "content-type": "text/plain" })).toMatchObject({ status: 415 });
  expect(await call("GET", "vm/start?vmId=0", { secret })).toMatchObject({ status: 405 });
  expect(await call("POST", "vm/list", { secret })).toMatchObject({ status: 405 });
  // Names that are none of the schema's are passed over, whatever they are.
  expect(await call("GET", "vm/list?__proto__=1&constructor=2", { secret })).toMatchObject({ status: 200 });
});

test("guessing tokens blocks the address, not the one who has a token there", async () => {
  const address = "198.51.100.44";
  const { secret } = await tokenOf("read");
  let status = 0;
  for (let guess = 0; guess < 25 && status !== 429; guess++) {
    const answer = await call("GET", "system/view", { secret: `strata_${guess}`, address });
    status = answer.status;
    if (status === 429) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect(status).toBe(429);
  expect(await call("GET", "system/view", { secret, address })).toMatchObject({ status: 200 });
  expect(await call("GET", "system/view", { secret: "strata_x" })).toMatchObject({ status: 401 });
});

test("calls of one token are counted, and come back with time", () => {
  const token = -77;
  let allowed = 0;
  while (takeCall(token, 0) === 0 && allowed < 10_000) allowed++;
  expect(allowed).toBe(120);
  expect(takeCall(token, 0)).toBe(1);
  expect(takeCall(token, 60_000 / CALLS_A_MINUTE)).toBe(0);
  expect(takeCall(token, 60_000 / CALLS_A_MINUTE)).toBeGreaterThan(0);
  expect(takeCall(token - 1, 0)).toBe(0);
});

test("the document: OpenAPI 3.1, every operation once, its input the schema that is enforced", () => {
  const document = openApiDocument("1.2.3");
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toHaveLength(operations().size);
  expect(JSON.parse(JSON.stringify(document)).paths["/vm/start"].post).toMatchObject({
    operationId: "vm_start",
    "x-scope": "operate",
    requestBody: { content: { "application/json": { schema: { type: "object", required: ["vmId"] } } } },
  });
  const list = JSON.parse(JSON.stringify(document)).paths["/vm/list"].get;
  expect(list.parameters.map((one: { name: string }) => one.name)).toEqual(expect.arrayContaining(["offset", "limit"]));
  const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map((one) => one.operationId));
  expect(new Set(ids).size).toBe(ids.length);
});
