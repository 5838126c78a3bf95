import { join } from "node:path";
import { withTx } from "../../db/tx";
import { CreateCephDatastore } from "../../domain/ceph";
import { appError } from "../../domain/errors";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import type { Template } from "../../domain/template";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { refreshDatastore } from "./monitor";

const MONITOR_MS = 60_000;

/**
 * Create a datastore in Ceph: one for images, or one for the disks of VMs. Only administrators: what it says about
 * ceph.conf reaches the hosts.
 */
export async function createCephDatastore(ctx: Ctx, raw: CreateCephDatastore): Promise<{ datastoreId: number }> {
  requireAdmin(ctx.actor, "create datastores");
  const input = CreateCephDatastore.parse(raw);
  const datastoreId = await withTx(ctx.core.db, async (tx) => {
    const { name, type } = input;
    const taken = await tx.datastore.findFirst({ where: { uid: ctx.actor.userId, name }, select: { id: true } });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "datastore", name });
    const id = await nextId(tx, "datastore");
    const basePath = join(ctx.core.config.datastoreLocation, String(id));
    await tx.datastore.create({
      data: {
        id,
        uid: ctx.actor.userId,
        gid: ctx.actor.groupIds[0] ?? 0,
        name,
        permissions: DEFAULT_PERMISSIONS,
        type,
        dsMad: type === "IMAGE" ? "ceph" : "-",
        tmMad: "ceph",
        diskType: "RBD",
        basePath,
        template: templateOf(input),
      },
    });
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
