import { join } from "node:path";
import { withTx } from "../../db/tx";
import {
  type BackupDriver,
  CreateResticDatastore,
  CreateRsyncDatastore,
  type DatastoreTestResult,
  TEST_STAGES_OF,
  type TestedDriver,
  type TestStage,
} from "../../domain/datastore";
import { appError, reasonOf } from "../../domain/errors";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import type { Template } from "../../domain/template";
import { writeAudit } from "../audit";
import { authorizeDatastore, requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { datastoreXml, driverDocument } from "../documents";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { lockDatastore } from "../lock";
import { sealTemplate } from "../secrets";
import { refreshDatastore } from "./monitor";
import { resticTemplate, rsyncTemplate } from "./templates";

const TEST_MS = 60_000;

/** What the drivers have in common. */
interface NewDatastore {
  name: string;
  driver: BackupDriver;
  host: string;
  basePath: string | null;
  /** Secrets in clear. */
  template: Template;
}

/** Create a backup datastore of the rsync driver and read its capacity. */
export async function createRsyncDatastore(ctx: Ctx, raw: CreateRsyncDatastore): Promise<{ datastoreId: number }> {
  requireAdmin(ctx.actor, "create datastores");
  const input = CreateRsyncDatastore.parse(raw);
  return await createDatastore(ctx, { ...input, template: rsyncTemplate(input) });
}

/** Create a backup datastore of the restic driver and read its capacity. The password is sealed before it is stored. */
export async function createResticDatastore(ctx: Ctx, raw: CreateResticDatastore): Promise<{ datastoreId: number }> {
  requireAdmin(ctx.actor, "create datastores");
  const input = CreateResticDatastore.parse(raw);
  return await createDatastore(ctx, { ...input, template: resticTemplate(input) });
}

async function createDatastore(ctx: Ctx, input: NewDatastore): Promise<{ datastoreId: number }> {
  const datastoreId = await withTx(ctx.core.db, async (tx) => {
    const taken = await tx.datastore.findFirst({
      where: { uid: ctx.actor.userId, name: input.name },
      select: { id: true },
    });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "datastore", name: input.name });
    const id = await nextId(tx, "datastore");
    const template = await sealTemplate(ctx.core.config.home, id, input.template);
    await tx.datastore.create({ data: { ...newRow(ctx, input, id), template } });
    await appendEvent(tx, { topic: "datastore", objectId: id, type: "created" });
    const { name, host, basePath } = input;
    await writeAudit(tx, ctx.actor, {
      what: "datastore-create",
      object: "datastore",
      objectId: id,
      data: { name, host, basePath },
    });
    return id;
  });
  await refreshDatastore(ctx.core, datastoreId, AbortSignal.timeout(TEST_MS));
  return { datastoreId };
}

function newRow(ctx: Ctx, input: NewDatastore, id: number) {
  return {
    id,
    uid: ctx.actor.userId,
    gid: ctx.actor.groupIds[0] ?? 0,
    name: input.name,
    permissions: DEFAULT_PERMISSIONS,
    type: "BACKUP",
    dsMad: input.driver,
    tmMad: "-",
    basePath: input.basePath ?? join(ctx.core.config.datastoreLocation, String(id)),
    template: input.template,
  };
}

/** Try an rsync datastore that does not exist yet. */
export async function testRsyncDatastore(ctx: Ctx, raw: CreateRsyncDatastore): Promise<DatastoreTestResult> {
  requireAdmin(ctx.actor, "test datastores");
  const input = CreateRsyncDatastore.parse(raw);
  return await testDatastore(ctx, { ...input, template: rsyncTemplate(input) });
}

/** Try a restic datastore that does not exist yet: the folder, the program, and whether the password opens it. */
export async function testResticDatastore(ctx: Ctx, raw: CreateResticDatastore): Promise<DatastoreTestResult> {
  requireAdmin(ctx.actor, "test datastores");
  const input = CreateResticDatastore.parse(raw);
  return await testDatastore(ctx, { ...input, template: resticTemplate(input) });
}

/** With its folder, which is removed again when the test made it. */
async function testDatastore(ctx: Ctx, input: NewDatastore): Promise<DatastoreTestResult> {
  const row = { ...newRow(ctx, input, 0), enabled: true, diskType: "FILE", totalMb: 0, freeMb: 0, usedMb: 0 };
  const basePath = input.basePath ?? join(ctx.core.config.datastoreLocation, "strata-connection-test");
  return await runDatastoreTest(ctx, input.driver, { ...row, basePath }, TEST_MS);
}

/** The driver's own `test` action for a datastore that need not exist, stage by stage. */
export async function runDatastoreTest(
  ctx: Ctx,
  driver: TestedDriver,
  row: Parameters<typeof datastoreXml>[0],
  timeoutMs: number,
): Promise<DatastoreTestResult> {
  const report = await ctx.core.drivers
    .call({
      family: "datastore",
      driver,
      action: "test",
      argv: ["-1"],
      document: driverDocument({ datastore: datastoreXml(row) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    .catch((error: unknown) => ({ stdout: `connect failed ${reasonOf(error)}` }));
  return parseTestAnswer(TEST_STAGES_OF[driver], report.stdout);
}

/** Lines `<stage> ok|failed|skipped <detail>` and one `space ok <total MiB> <free MiB>`. */
function parseTestAnswer(names: readonly TestStage[], stdout: string): DatastoreTestResult {
  const lines = stdout.split("\n").map((line) => line.trim());
  const stages = names.map((stage) => {
    const line = lines.find((text) => text.startsWith(`${stage} `));
    const [, state = "", ...detail] = (line ?? "").split(" ");
    const isKnown = state === "ok" || state === "failed";
    return { stage, state: isKnown ? (state as "ok" | "failed") : ("skipped" as const), detail: detail.join(" ") };
  });
  const space = stages.find((stage) => stage.stage === "space");
  const [totalMb, freeMb] = (space?.state === "ok" ? space.detail : "").split(" ").map(Number);
  return {
    stages,
    isOk: stages.every((stage) => stage.state === "ok"),
    totalMb: totalMb === undefined || Number.isNaN(totalMb) ? null : totalMb,
    freeMb: freeMb === undefined || Number.isNaN(freeMb) ? null : freeMb,
  };
}

/** Read the capacity now. */
export async function monitorDatastore(ctx: Ctx, datastoreId: number): Promise<void> {
  await authorizeDatastore(ctx.core.db, ctx.actor, "USE", datastoreId);
  await refreshDatastore(ctx.core, datastoreId, AbortSignal.timeout(TEST_MS));
}

/** Remove an empty datastore from the inventory; nothing on the server is touched. */
export async function deleteDatastore(ctx: Ctx, datastoreId: number): Promise<void> {
  await withTx(ctx.core.db, async (tx) => {
    await lockDatastore(tx, datastoreId);
    const { name } = await authorizeDatastore(tx, ctx.actor, "MANAGE", datastoreId);
    const images = await tx.image.count({ where: { datastoreId } });
    const busy = await tx.action.count({ where: { datastoreId, state: { in: ["PENDING", "RUNNING"] } } });
    if (images + busy > 0) throw appError("DATASTORE_IN_USE", { datastoreId, images: images + busy });
    const vms = await tx.vm.count({ where: { systemDatastoreId: datastoreId, state: { not: "DONE" } } });
    if (vms > 0) throw appError("DATASTORE_HAS_VMS", { datastoreId, vms });
    await tx.datastore.delete({ where: { id: datastoreId } });
    await appendEvent(tx, { topic: "datastore", objectId: datastoreId, type: "deleted" });
    await writeAudit(tx, ctx.actor, {
      what: "datastore-delete",
      object: "datastore",
      objectId: datastoreId,
      data: { name },
    });
  });
}
