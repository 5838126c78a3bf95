import { join } from "node:path";
import { withTx } from "../../db/tx";
import { CreateCephDatastore } from "../../domain/ceph";
import type { DatastoreTestResult } from "../../domain/datastore";
import { appError } from "../../domain/errors";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import type { Template } from "../../domain/template";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { runDatastoreTest } from "./commands";
import { refreshDatastore } from "./monitor";

const MONITOR_MS = 60_000;
/** Each stage of the test has its own bound; together they may take longer than those of a folder. */
const TEST_MS = 120_000;

/**
 * Create a datastore in Ceph: one for images, or one for the disks of VMs. Only administrators: what it says about
 * ceph.conf reaches the hosts.
 */
export async function createCephDatastore(ctx: Ctx, raw: CreateCephDatastore): Promise<{ datastoreId: number }> {
  requireAdmin(ctx.actor, "create datastores");
  const input = CreateCephDatastore.parse(raw);
  const datastoreId = await withTx(ctx.core.db, async (tx) => {
    const { name } = input;
    const taken = await tx.datastore.findFirst({ where: { uid: ctx.actor.userId, name }, select: { id: true } });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "datastore", name });
    const id = await nextId(tx, "datastore");
    await tx.datastore.create({ data: newRow(ctx, input, id) });
    await appendEvent(tx, { topic: "datastore", objectId: id, type: "created" });
    await writeAudit(tx, ctx.actor, {
      what: "datastore-create",
      object: "datastore",
      objectId: id,
      data: { name, pool: input.pool },
    });
    return id;
  });
  await refreshDatastore(ctx.core, datastoreId, AbortSignal.timeout(MONITOR_MS));
  return { datastoreId };
}

/** Try a pool that is no datastore yet: reach Ceph, find the pool, write an image and read it back. Nothing is left. */
export async function testCephDatastore(ctx: Ctx, raw: CreateCephDatastore): Promise<DatastoreTestResult> {
  requireAdmin(ctx.actor, "test datastores");
  const row = newRow(ctx, CreateCephDatastore.parse(raw), 0);
  return await runDatastoreTest(ctx, "ceph", { ...row, enabled: true, totalMb: 0, freeMb: 0, usedMb: 0 }, TEST_MS);
}

function newRow(ctx: Ctx, input: CreateCephDatastore, id: number) {
  return {
    id,
    uid: ctx.actor.userId,
    gid: ctx.actor.groupIds[0] ?? 0,
    name: input.name,
    permissions: DEFAULT_PERMISSIONS,
    type: input.type,
    dsMad: input.type === "IMAGE" ? "ceph" : "-",
    tmMad: "ceph",
    diskType: "RBD",
    basePath: join(ctx.core.config.datastoreLocation, String(id)),
    template: templateOf(input),
  };
}

function templateOf(input: CreateCephDatastore): Template {
  const values = {
    POOL_NAME: input.pool,
    CEPH_HOST: input.monitors,
    CEPH_USER: input.user,
    CEPH_SECRET: input.secretUuid,
    CEPH_CONF: input.confPath,
    EC_POOL_NAME: input.dataPool,
    BRIDGE_LIST: input.bridgeList,
    SAFE_DIRS: "/var/tmp",
    RESTRICTED_DIRS: "/",
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, [value]]])),
  );
}
