import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type BareCore, startBareCore } from "../../core/testing/bare-core";
import { createToken } from "../../core/token/commands";
import { ANSWER_SCHEMAS, answerSchema } from "./answers";
import { handleV1 } from "./handle";
import { openApiDocument } from "./openapi";
import { type JsonSchema, operations, propertiesOf } from "./operations";

let bare: BareCore;
let secret: string;

beforeAll(async () => {
  bare = await startBareCore();
  bare.drivers.on("datastore/changes", () => '{"disks":[]}');
  bare.drivers.on("vmm/list", () => '{"domains":[]}');
  const token = { kind: "api", name: "all", scope: "admin", days: 1, groupId: null } as const;
  ({ secret } = await createToken(bare.ctx, token));
});

afterAll(() => bare.close());

/** A schema of the document as zod checks it; those with a name move to where it looks for them. */
function checker(schema: JsonSchema | undefined): z.ZodType {
  if (schema === undefined) throw new Error("answers.json does not know it. Run: npm run docs");
  const used: Record<string, JsonSchema> = {};
  const look = (one: JsonSchema) => {
    for (const name of namesIn(one)) {
      const named = ANSWER_SCHEMAS[name];
      if (named === undefined || name in used) continue;
      used[name] = named;
      look(named);
    }
  };
  look(schema);
  const whole = { ...schema, $defs: used };
  return z.fromJSONSchema(JSON.parse(JSON.stringify(whole).replaceAll("#/components/schemas/", "#/$defs/")));
}

/** Named schemas that something refers to. */
function namesIn(document: unknown): Set<string> {
  const refs = JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g);
  return new Set([...refs].map(([, name]) => name ?? ""));
}

/** Files of a point can only be listed while a guest has its disks. */
const NEEDS_A_MOUNT = /^files\./;

const isAnswer = new Map<string, z.ZodType>();
const called = new Set<string>();

async function send(path: string, input: object): Promise<{ status: number; json: unknown }> {
  const { method } = operations().get(path) ?? { method: "GET" };
  const query = Object.entries(input).map(([name, value]) => [
    name,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  const url = `http://strata.test/api/v1/${path.replaceAll(".", "/")}`;
  const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
  const request =
    method === "GET"
      ? new Request(`${url}?${new URLSearchParams(query)}`, { headers })
      : new Request(url, { method, headers, body: JSON.stringify(input) });
  const response = await handleV1(bare.core, request, "192.0.2.7");
  return { status: response.status, json: await response.json() };
}

/** The answer of a call, which has to be what its schema says. */
async function answer(path: string, input: object = {}): Promise<unknown> {
  const { status, json } = await send(path, input);
  expect(status, `${path}: ${JSON.stringify(json)}`).toBe(200);
  const schema = isAnswer.get(path) ?? checker(answerSchema(path));
  isAnswer.set(path, schema);
  const { error } = schema.safeParse(json);
  expect(error?.issues ?? [], `${path}: ${JSON.stringify(json).slice(0, 2_000)}`).toEqual([]);
  called.add(path);
  return json;
}

const idOf = async (path: string, key: string, input: object) =>
  z.record(z.string(), z.unknown()).parse(await answer(path, input))[key] as number; // of our own answer

test("every answer is what its schema says", async () => {
  const vmId = await bare.vm("web");
  const datastoreId = await bare.datastore("store");
  await answer("vm.updateBackupConfig", { vmId, config: { mode: "INCREMENT", keepLast: 7 } });
  for (const _point of [1, 2]) {
    expect(await bare.run(await idOf("backup.request", "actionId", { vmId, datastoreId, reset: false }))).toMatchObject(
      {
        state: "DONE",
      },
    );
  }
  const { id: imageId } = await bare.core.db.image.findFirstOrThrow({ where: { type: "BACKUP", vmId } });
  const actionId = await idOf("vm.start", "actionId", { vmId });
  await answer("action.cancel", { actionId });
  const sent = { time: 1795448488, zone: "UTC", repeat: "weekly", days: [1, 3], endType: "never" };
  const jobId = await idOf("job.create", "jobId", { name: "nightly", vmIds: [vmId], datastoreId });
  await answer("schedule.add", { parentType: "BACKUPJOB", parentId: jobId, schedule: sent });
  const range = { type: "IP4", ip: "192.0.2.1", mac: "02:00:c0:00:02:01", size: 9 };
  const networkId = await idOf("network.create", "networkId", { name: "lan", ranges: [range] });
  await bare.core.db.vmTemplate.create({
    data: { id: 501, uid: 0, gid: 0, name: "golden", template: { CPU: ["1"], DISK: [{ IMAGE_ID: "1" }] } },
  });
  await answer("retention.pin", { imageId, incrementId: 0, until: null, note: "" });
  await answer("user.create", { name: "nora", password: "a first password", groupId: 1 });
  await bare.user("olaf");
  const config = { kind: "webhook", url: "https://example.com/hook" };
  await answer("notification.saveChannel", { channelId: null, name: "hook", isEnabled: true, config, secret: null });

  const ids = {
    vmId,
    imageId,
    incrementId: 0,
    datastoreId,
    jobId,
    hostId: 0,
    networkId,
    templateId: 501,
    actionId,
    list: "vms",
    vmIds: [vmId],
  };
  const inputs: Readonly<Record<string, object>> = {
    "access.get": { kind: "vm", id: vmId },
    "backup.compare": { imageId, from: 0, to: 1 },
    "backup.planFlatten": { imageId, keep: 1 },
    "datastore.whatIf": { datastoreId, keepLast: 1 },
    "restore.plan": { imageId, datastoreId: 1 },
    "schedule.list": { parentType: "BACKUPJOB", parentId: jobId },
    "schedule.planned": { from: 1795400000, to: 1796000000 },
    "schedule.preview": { parentType: "BACKUPJOB", schedule: sent },
    "system.find": { text: "web" },
    "system.heatmap": { zone: "UTC" },
    "vm.planMany": { vmIds: [vmId], work: { what: "backup", datastoreId: null } },
  };
  for (const { path, method, input } of operations().values()) {
    if (method !== "GET" || NEEDS_A_MOUNT.test(path)) continue;
    const needed = propertiesOf(input).flatMap(([name, , isRequired]) => (isRequired ? [name] : []));
    const known = Object.entries(ids).filter(([name]) => needed.includes(name));
    await answer(path, inputs[path] ?? Object.fromEntries(known));
  }
  expect(called.size).toBeGreaterThan(50);
});

test("errors are what their schema says", async () => {
  const { components } = openApiDocument("1");
  const isError = checker(components.schemas.Error);
  for (const [path, input, status] of [
    ["vm.get", { vmId: "x" }, 400],
    ["vm.get", { vmId: 99_999 }, 404],
    ["nothing.there", {}, 404],
    ["vm.delete", { vmId: 99_999 }, 404],
    ["job.create", { name: "" }, 400],
  ] as const) {
    const given = await send(path, input);
    expect(given.status, path).toBe(status);
    expect(isError.safeParse(given.json).error?.issues ?? [], path).toEqual([]);
  }
  expect(isError.safeParse({ error: { message: "x" } }).success).toBe(false);
});

test("a schema refuses what it does not describe", () => {
  const schema = checker(answerSchema("vm.list"));
  expect(schema.safeParse({ rows: [], total: 0 }).success).toBe(true);
  expect(schema.safeParse({ rows: [{}], total: 0 }).success).toBe(false);
  expect(schema.safeParse({ rows: [] }).success).toBe(false);
});

test("every operation has one, and what they refer to is there", () => {
  for (const path of operations().keys()) expect(answerSchema(path), `${path}: run npm run docs`).toBeDefined();
  const names = namesIn(openApiDocument("1"));
  for (const name of names) expect(["Error", ...Object.keys(ANSWER_SCHEMAS)]).toContain(name);
});
