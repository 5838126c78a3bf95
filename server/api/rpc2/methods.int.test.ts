import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BareCore, startBareCore, USER_PASSWORD } from "../../core/testing/bare-core";
import { run } from "../../lib/process";
import { METHODS } from "./methods/table";
import { type Answer, rpcClient } from "./testing/client";

type Param = string | number | boolean;

const XMLLINT_MS = 20_000;
const INTERNAL = /Internal error/;
const CODES = [0x0100, 0x0200, 0x0400, 0x0800, 0x1000, 0x2000, 0x4000];

let bare: BareCore;
let admin: ReturnType<typeof rpcClient>;
let stranger: ReturnType<typeof rpcClient>;
let ids: { vm: number; datastore: number };

beforeAll(async () => {
  bare = await startBareCore();
  await bare.user("ana", 0);
  await bare.user("stranger");
  admin = rpcClient(bare.core, `ana:${USER_PASSWORD}`);
  stranger = rpcClient(bare.core, `stranger:${USER_PASSWORD}`);
  ids = { vm: await bare.vm("machine"), datastore: await bare.datastore("store") };
  await admin("one.backupjob.allocate", "NAME=job\nMODE=FULL");
});

afterAll(async () => {
  await bare.close();
});

const names = Object.keys(METHODS).sort();

/** The types of the parameters, mandatory ones first: `i id, s template [, b flag]`. */
function typesOf(method: string): { type: string; isOptional: boolean }[] {
  const [mandatory = "", ...optional] = (METHODS[method]?.params ?? "").split("[");
  const read = (part: string, isOptional: boolean) =>
    part
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "" && one !== "]")
      .flatMap((one) =>
        one.startsWith("9") ? Array(9).fill({ type: "i", isOptional }) : [{ type: one.charAt(0), isOptional }],
      );
  return [...read(mandatory, false), ...optional.flatMap((part) => read(part, true))];
}

/** Any answer is fine that a client can read: a fault, success, or an error with a code of the reference. */
function expectDefined(answer: Answer, what: string): void {
  expect(String(answer.value), what).not.toMatch(INTERNAL);
  if (answer.fault !== undefined) expect(answer.fault, what).not.toMatch(INTERNAL);
  else if (answer.ok) expect(answer.code, what).toBe(0);
  else expect(CODES, what).toContain(answer.code);
}

const HOSTILE: Readonly<Record<string, readonly Param[]>> = {
  i: [-1, -2, 0, 2_147_483_648, -2_147_483_649, 9_007_199_254_740_991],
  b: [true, false],
  s: [
    "",
    "]]>",
    "A=[",
    "<A><B></A>",
    "<A/>",
    "'; DROP TABLE vm; --",
    "../../etc/passwd",
    "$(id)`id`",
    "\u202e\u0007",
    "x".repeat(100_000),
    `NAME="${"é".repeat(200)}"`,
    "NAME=x\nDISK=[SIZE=-1]\nSCHED_ACTION=[TIME=99999999999999999999]\nBACKUP_CONFIG=[KEEP_LAST=x]",
  ],
};
const PLAIN: Readonly<Record<string, Param>> = { i: 0, s: "A=1", b: false };

describe.each(names)("%s", (method) => {
  test("nobody who is not signed in is answered", async () => {
    const types = typesOf(method).map(({ type }) => PLAIN[type] ?? 0);
    expect(await rpcClient(bare.core, "ana:wrong password")(method, ...types)).toEqual({
      ok: false,
      value: `[${method}] User couldn't be authenticated, aborting call.`,
      code: 0x0100,
    });
  });

  test("missing and wrong arguments are faults", async () => {
    if (METHODS[method]?.notOffered !== undefined) {
      expect(await admin(method)).toMatchObject({
        ok: false,
        code: 0x0800,
        value: expect.stringContaining("not offered"),
      });
      return;
    }
    const types = typesOf(method);
    const right = types.map(({ type }) => PLAIN[type] ?? 0);
    for (const [index, { type, isOptional }] of types.entries()) {
      const missing = await admin(method, ...right.slice(0, index));
      expectDefined(missing, `${method} with ${index}`);
      if (isOptional) continue;
      const wrong = [...right];
      wrong[index] = type === "s" ? 7 : "no number";
      const answer = await admin(method, ...wrong);
      expectDefined(answer, `${method} wrong ${index}`);
      expect(answer.ok, `${method} wrong ${index}`).toBe(false);
    }
  });

  test("hostile values, of an administrator and of a stranger", async () => {
    const types = typesOf(method);
    const right = types.map(({ type }) => PLAIN[type] ?? 0);
    for (const [index, { type }] of types.entries()) {
      for (const value of HOSTILE[type] ?? []) {
        const params = [...right];
        params[index] = value;
        for (const call of [stranger, admin]) {
          expectDefined(await call(method, ...params, "surplus", 1), `${method} ${String(value).slice(0, 40)}`);
        }
      }
    }
  });
});

describe("documents", () => {
  const schemas = path.join(import.meta.dirname, "../../domain/xml/schemas");
  const cases: readonly [string, () => Param[], string][] = [
    ["one.vm.info", () => [ids.vm, false], "vm.xsd"],
    ["one.vmpool.info", () => [-2, -1, -1, -1, ""], "vm-pool.xsd"],
    ["one.vmpool.infoextended", () => [-2, -1, -1, -1], "pools.xsd"],
    ["one.vmpool.infoset", () => [`${ids.vm}`, true], "pools.xsd"],
    ["one.datastore.info", () => [ids.datastore], "datastore.xsd"],
    ["one.datastorepool.info", () => [], "pools.xsd"],
    ["one.imagepool.info", () => [-2, -1, -1, 0, 0], "pools.xsd"],
    ["one.backupjobpool.info", () => [-2, -1, -1], "pools.xsd"],
    ["one.backupjob.info", () => [jobId], "backup-job.xsd"],
    ["one.user.info", () => [-1], "user.xsd"],
    ["one.userpool.info", () => [], "user.xsd"],
    ["one.group.info", () => [-1], "group.xsd"],
    ["one.grouppool.info", () => [], "group.xsd"],
    ["one.host.info", () => [0], "host.xsd"],
    ["one.hostpool.info", () => [], "host.xsd"],
    ["one.cluster.info", () => [0], "cluster.xsd"],
    ["one.clusterpool.info", () => [], "cluster.xsd"],
    ["one.template.info", () => [501], "template.xsd"],
    ["one.templatepool.info", () => [-2, -1, -1], "template.xsd"],
    ["one.vn.info", () => [502], "vnet.xsd"],
    ["one.vnpool.info", () => [-2, -1, -1], "vnet.xsd"],
  ];
  let jobId = -1;
  beforeAll(async () => {
    ids.vm = await bare.vm("hostile");
    // An import may bring a name that no form would take.
    await bare.core.db.vm.update({ where: { id: ids.vm }, data: { name: 'a <&> "name" \u0001 ]]>' } });
    const { db } = bare.core;
    const owned = { uid: 0, gid: 0 };
    const hostile = { NOTE: ["</TEMPLATE>]]>&"], DISK: [{ IMAGE_ID: "1" }] };
    await db.vmTemplate.create({ data: { id: 501, ...owned, name: "<golden>", template: hostile } });
    await db.virtualNetwork.create({
      data: {
        ...owned,
        id: 502,
        name: "lan",
        bridge: "br0",
        vnMad: "bridge",
        addresses: { create: { id: 0, type: "IP4", ip: "192.0.2.1", mac: "02:00:c0:00:02:01", size: 9 } },
      },
    });
    for (const [method, id] of [
      ["one.vm.lock", ids.vm],
      ["one.template.lock", 501],
    ] as const)
      await admin(method, id, 3);
    await admin("one.user.login", "ana", "", 60, -1);
    const template = `NAME="of schemas"\nMODE=FULL\nBACKUP_VMS="${ids.vm}"\nDATASTORE_ID=${ids.datastore}\nSCHED_ACTION=[TIME=1795448488,REPEAT=3,DAYS="5",END_TYPE=0]`;
    jobId = Number((await admin("one.backupjob.allocate", template)).value);
    await admin(
      "one.vm.schedadd",
      await bare.vm("scheduled"),
      `SCHED_ACTION=[ACTION=backup,ARGS="${ids.datastore},0",TIME=1795448488]`,
    );
  });

  test.each(cases)("%s is valid", async (method, params, schema) => {
    const { ok, value } = await admin(method, ...params());
    expect(ok, String(value)).toBe(true);
    const input = String(value).replace(/^<([A-Z_]+)>/, '<$1 xmlns="http://opennebula.org/XMLSchema">');
    const argv = ["xmllint", "--noout", "--nonet", "--schema", path.join(schemas, schema), "-"] as const;
    const result = await run(argv, { input, timeoutMs: XMLLINT_MS });
    expect(result.ok ? "valid" : result.stderr).toBe("valid");
  });

  test("every pool that has pages ends them", async () => {
    for (const method of [
      "one.vmpool.info",
      "one.imagepool.info",
      "one.backupjobpool.info",
      "one.templatepool.info",
      "one.vnpool.info",
    ]) {
      const page = await admin(method, -2, 100_000, -10, -1);
      expect(page.value, method).toMatch(/^<([A-Z_]+)><\/\1>$/);
      expect(await admin(method, -5, -1, -1), method).toMatchObject({ code: 0x1000 });
    }
    for (const filter of [-3, 12])
      expect(await admin("one.vmpool.info", -2, -1, -1, filter)).toMatchObject({ code: 0x1000 });
  });
});
