import { TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../core/testing/bare-core";
import type { Actor } from "../domain/actor";
import { appRouter, createCaller } from "./root";

let bare: BareCore;
let user: Actor;
let vmId: number;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  user = await bare.user("user");
  vmId = await bare.vm("web-01");
  datastoreId = await bare.datastore("repository");
});

afterAll(() => bare.close());

const caller = (actor: Actor | null) => createCaller({ core: bare.core, actor });
const admin = () => caller(bare.ctx.actor);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "OK";
  } catch (error) {
    return error instanceof TRPCError ? error.code : `not a TRPCError: ${String(error)}`;
  }
}

/** As over the wire: what a browser would read. */
async function post(path: string, input: unknown, actor: Actor | null = bare.ctx.actor) {
  const response = await fetchRequestHandler({
    endpoint: "/api/trpc",
    router: appRouter,
    req: new Request(`http://localhost/api/trpc/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ json: input }),
    }),
    createContext: () => ({ core: bare.core, actor }),
  });
  return { status: response.status, text: await response.text() };
}

test("without a user every procedure answers UNAUTHORIZED, whatever its input", async () => {
  const names = Object.keys(appRouter._def.procedures);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const procedure = name.split(".").reduce<unknown>((node, key) => Reflect.get(Object(node), key), caller(null));
    if (typeof procedure !== "function") throw new Error(`${name} is not callable`);
    const call = Promise.resolve().then(() => procedure({ vmId: "nonsense" }));
    expect(await codeOf(call), name).toBe("UNAUTHORIZED");
  }
});

test("kinds of errors become codes", async () => {
  const backup = (input: object) => admin().backup.request({ vmId, datastoreId, ...input });
  expect(await codeOf(backup({ vmId: 999 }))).toBe("NOT_FOUND");
  expect(await codeOf(backup({ datastoreId: 1 }))).toBe("CONFLICT");
  expect(await codeOf(caller(user).backup.request({ vmId, datastoreId }))).toBe("FORBIDDEN");
  expect(await codeOf(caller(user).datastore.delete({ datastoreId }))).toBe("FORBIDDEN");
  await bare.core.db.datastore.update({ where: { id: datastoreId }, data: { freeMb: 1 } });
  expect(await codeOf(backup({}))).toBe("PRECONDITION_FAILED");
  await bare.core.db.datastore.update({ where: { id: datastoreId }, data: { freeMb: 90_000 } });
  const { actionId } = await backup({});
  expect(await codeOf(backup({}))).toBe("CONFLICT");
  expect((await admin().action.get({ actionId })).state).toBe("PENDING");
  await admin().action.cancel({ actionId });
  expect(await codeOf(admin().action.cancel({ actionId }))).toBe("CONFLICT");
});

test.each<[string, unknown, string]>([
  ["backup.request", { vmId: -1 }, "vmId"],
  ["backup.request", { vmId: 1.5 }, "vmId"],
  ["backup.request", { vmId: 2 ** 31 }, "vmId"],
  ["backup.request", { vmId: "1; DROP TABLE" }, "vmId"],
  ["vm.updateBackupConfig", { vmId: 0, config: { mode: "SOMETIMES" } }, "config.mode"],
  ["datastore.createRsync", { name: "x", host: "-oProxyCommand=id" }, "host"],
  ["datastore.createRsync", { name: "x", user: "root;id" }, "user"],
  ["datastore.createRsync", { name: "x", basePath: "/a/../b" }, "basePath"],
  ["datastore.createRsync", { name: "a/b" }, "name"],
  ["vm.register", { name: "x", disks: [] }, "disks"],
  ["vm.register", { name: "x", disks: [{ path: "relative", format: "qcow2" }] }, "disks.0.path"],
  ["vm.register", { name: "x", disks: [{ path: "/a\nb", format: "qcow2" }] }, "disks.0.path"],
  ["restore.start", { imageId: 1, datastoreId: 1, network: "none" }, "network"],
])("%s refuses %j and names the field", async (path, input, field) => {
  const { status, text } = await post(path, input);
  expect(status).toBe(400);
  const { data, message } = JSON.parse(text).error.json;
  expect(data).toMatchObject({ code: "BAD_REQUEST", path, appCode: null });
  expect(data.fields.map((one: { path: string }) => one.path)).toContain(field);
  expect(message).not.toBe("");
});

test("an error of ours carries its code and sentence, and no stack", async () => {
  const { status, text } = await post("backup.request", { vmId: 999, datastoreId });
  expect(status).toBe(404);
  expect(JSON.parse(text).error.json).toMatchObject({
    message: "VM 999 does not exist.",
    data: { code: "NOT_FOUND", appCode: "NOT_FOUND", fields: [] },
  });
  expect(text).not.toMatch(/stack|node_modules|\.ts/);
});

test("what went wrong inside is logged, never told", async () => {
  await bare.core.db.vm.update({ where: { id: vmId }, data: { backupConfig: { secret: "hunter2" } } });
  const { status, text } = await post("backup.request", { vmId, datastoreId });
  expect(status).toBe(500);
  expect(JSON.parse(text).error.json.message).toBe(
    "Internal error: something that is stored cannot be read. The log of the server has the details.",
  );
  expect(text).not.toMatch(/stack|node_modules|prisma|hunter2|backupConfig|configured/i);
});

test("a broken query of the database is not told either", async () => {
  await bare.core.db.$executeRaw`ALTER TABLE "VmTemplate" RENAME TO "Hidden"`;
  try {
    const { status, text } = await post("template.instantiate", { templateId: 1, hostId: 0, systemDatastoreId: 0 });
    expect(status).toBe(500);
    expect(text).toContain("Something went wrong inside Strata. The server log has the details.");
    expect(text).not.toMatch(/VmTemplate|prisma|invocation|relation|stack/i);
  } finally {
    await bare.core.db.$executeRaw`ALTER TABLE "Hidden" RENAME TO "VmTemplate"`;
  }
});

test("the live stream begins at once and resumes from where it began", async () => {
  const stream = await admin().events.live();
  const iterator = stream[Symbol.asyncIterator]();
  const first = await iterator.next();
  const newest = await bare.core.db.event.findFirstOrThrow({ orderBy: { id: "desc" } });
  expect(JSON.stringify(first.value)).toContain(`"${newest.id}"`);
  await iterator.return?.(undefined);
});
