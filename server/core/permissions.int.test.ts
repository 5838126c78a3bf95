import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "../domain/actor";
import { cancelAction } from "./action/cancel";
import { getAction, listActions } from "./action/queries";
import { getChain, listChains } from "./backup/queries";
import { requestBackup } from "./backup/request";
import type { Ctx } from "./context";
import { createRsyncDatastore, deleteDatastore } from "./datastore/commands";
import { requestDemoLoad } from "./demo/commands";
import { requestImageDelete } from "./image/commands";
import { getOverview } from "./overview/queries";
import { getRestorePlan, listRestoreSources } from "./restore/queries";
import { requestRestore } from "./restore/request";
import { type BareCore, startBareCore } from "./testing/bare-core";
import { requestVmDelete, updateBackupConfig } from "./vm/commands";
import { listVms } from "./vm/inventory";
import { getVm, listVmChains } from "./vm/queries";
import { registerVm } from "./vm/register";

let bare: BareCore;
let datastoreId: number;
let people: Record<"owner" | "mate" | "other" | "admin", Actor>;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
  await bare.core.db.group.createMany({
    data: [
      { id: 50, name: "team" },
      { id: 51, name: "others" },
    ],
  });
  people = {
    owner: await bare.user("owner", 50),
    mate: await bare.user("mate", 50),
    other: await bare.user("other", 51),
    admin: await bare.user("admin", 0),
  };
});

afterAll(() => bare.close());

type Who = keyof typeof people;
const as = (who: Who): Ctx => ({ core: bare.core, actor: people[who] });
const PAGE = { offset: 0, limit: 50, descending: false };

/** "yes", or the code of the refusal. */
const tried = (work: Promise<unknown>) =>
  work.then(
    () => "yes",
    (error) => error.code as string,
  );

/** A VM with one backup, both with these permission bits. */
async function machine(name: string, permissions: number): Promise<{ vmId: number; imageId: number }> {
  const vmId = await bare.vm(name, people.owner);
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  await bare.run(actionId);
  const image = await bare.core.db.image.findFirstOrThrow({ where: { vmId } });
  await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions } });
  await bare.core.db.image.update({ where: { id: image.id }, data: { permissions } });
  return { vmId, imageId: image.id };
}

/** See: USE · configure, delete VM, delete backup: MANAGE · back up: ADMIN · restore: USE. */
async function attempts(who: Who, bits: number, name: string): Promise<string[]> {
  const { vmId, imageId } = await machine(name, bits);
  const ctx = as(who);
  const restore = {
    imageId,
    incrementId: null,
    datastoreId: 1,
    name: `${name}-restored`,
    network: "keep" as const,
    diskIds: [],
    instantiate: null,
  };
  const results: string[] = [
    await tried(getVm(ctx, vmId)),
    await tried(getRestorePlan(ctx, restore)),
    await tried(updateBackupConfig(ctx, { vmId, config: { mode: "FULL" } })),
  ];
  const backup = await tried(requestBackup(ctx, { vmId, datastoreId, reset: false }));
  results.push(backup);
  if (backup === "yes") {
    const queued = await bare.core.db.action.findFirstOrThrow({ where: { vmId, state: "PENDING" } });
    await cancelAction(bare.ctx, queued.id);
  }
  results.push(await tried(requestImageDelete(ctx, imageId)), await tried(requestVmDelete(ctx, vmId)));
  return results.map((result) => (result === "NOT_AUTHORIZED" ? "no" : result));
}

const NOTHING = ["no", "no", "no", "no", "no", "no"];
const USE = ["yes", "yes", "no", "no", "no", "no"];
const MANAGE = ["yes", "yes", "yes", "no", "yes", "yes"];
const ALL = ["yes", "yes", "yes", "yes", "yes", "yes"];

test.each<[Who, number, string[]]>([
  ["owner", 0o600, MANAGE],
  ["owner", 0o700, ALL],
  ["owner", 0o400, USE],
  ["mate", 0o600, NOTHING],
  ["mate", 0o640, USE],
  ["mate", 0o670, ALL],
  ["other", 0o670, NOTHING],
  ["other", 0o604, USE],
  ["other", 0o606, MANAGE],
  ["admin", 0o000, ALL],
])("%s at %o: see, plan a restore, configure, back up, delete a backup, delete the VM", async (who, bits, expected) => {
  expect(await attempts(who, bits, `${who}-${bits.toString(8)}`)).toEqual(expected);
});

test("lists, chains, runs and the overview show a stranger nothing of others", async () => {
  const { vmId, imageId } = await machine("secret", 0o600);
  const action = await bare.core.db.action.findFirstOrThrow({ where: { vmId } });
  const ctx = as("other");
  expect((await listVms(ctx, { ...PAGE, search: "secret" })).rows).toEqual([]);
  expect((await listChains(ctx, { ...PAGE, vmId })).rows).toEqual([]);
  expect(await listVmChains(ctx, vmId)).toEqual([]);
  expect(await listRestoreSources(ctx, "secret")).toEqual([]);
  expect((await listActions(ctx, { ...PAGE, vmId })).total).toBe(0);
  expect(await tried(getAction(ctx, action.id))).toBe("NOT_FOUND");
  expect(await tried(getChain(ctx, imageId))).toBe("NOT_AUTHORIZED");
  const overview = await getOverview(ctx);
  expect(JSON.stringify(overview)).not.toContain("secret");
  expect(overview.recent.map((run) => run.vmId)).not.toContain(vmId);

  await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions: 0o640 } });
  await bare.core.db.image.update({ where: { id: imageId }, data: { permissions: 0o640 } });
  const mate = as("mate");
  expect((await listVms(mate, { ...PAGE, search: "secret" })).rows.map((vm) => vm.id)).toEqual([vmId]);
  expect((await listActions(mate, { ...PAGE, vmId })).total).toBe(1);
  expect((await listRestoreSources(mate, "secret")).map((source) => source.vmId)).toEqual([vmId]);
});

test("a run is cancelled by who started it, by an ADMIN of its VM and by administrators; by nobody else", async () => {
  const { vmId } = await machine("cancel", 0o600);
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  for (const who of ["owner", "mate", "other"] as const) {
    expect(await tried(cancelAction(as(who), actionId))).toBe("NOT_AUTHORIZED");
  }
  await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions: 0o700 } });
  expect(await tried(cancelAction(as("owner"), actionId))).toBe("yes");
});

test("a backup also needs the USE right on the datastore, a restore on its target", async () => {
  const { vmId, imageId } = await machine("datastore", 0o700);
  await bare.core.db.datastore.updateMany({ where: { id: { in: [1, datastoreId] } }, data: { permissions: 0o600 } });
  const restore = {
    imageId,
    incrementId: null,
    datastoreId: 1,
    name: "x",
    network: "keep" as const,
    diskIds: [],
    instantiate: null,
  };
  try {
    expect(await tried(requestBackup(as("owner"), { vmId, datastoreId, reset: false }))).toBe("NOT_AUTHORIZED");
    const plan = await getRestorePlan(as("owner"), restore);
    expect(plan.checks.filter((check) => check.level === "error").map((check) => check.id)).toContain("permissions");
    expect(await tried(requestRestore(as("owner"), restore))).toBe("RESTORE_CONFLICT");
  } finally {
    await bare.core.db.datastore.updateMany({ where: { id: { in: [1, datastoreId] } }, data: { permissions: 0o644 } });
  }
});

test("what could name any file of a host, or make datastores, is for administrators", async () => {
  for (const who of ["owner", "other"] as const) {
    const ctx = as(who);
    const disks = [{ path: "/etc/shadow", format: "raw" as const, isVolatile: false }];
    const vm = { name: "x", hostId: 0, systemDatastoreId: 0, cpu: 1, memoryMb: 1, disks, nics: [] };
    const store = {
      name: "x",
      driver: "rsync" as const,
      host: "localhost",
      user: "root",
      port: 22,
      basePath: "/x",
      limitMb: null,
      rsyncArgs: null,
    };
    expect(await tried(registerVm(ctx, vm))).toBe("ADMIN_ONLY");
    expect(await tried(createRsyncDatastore(ctx, store))).toBe("ADMIN_ONLY");
    expect(await tried(requestDemoLoad(ctx))).toBe("ADMIN_ONLY");
    expect(await tried(deleteDatastore(ctx, datastoreId))).toBe("NOT_AUTHORIZED");
  }
  expect(await tried(deleteDatastore(as("admin"), datastoreId))).toBe("DATASTORE_IN_USE");
});
