import { toJson } from "../../db/json";
import { withTx } from "../../db/tx";
import { appError, reasonOf } from "../../domain/errors";
import { CreateHost, type HostTestResult, UpdateHost } from "../../domain/host";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { requireHost } from "../require";
import { attributesOf, withAttributes } from "./attributes";
import { pollHost } from "./poll";
import { parseTest, runHostTest, storeAcceleration } from "./probe";

const TEST_MS = 110_000;
const POLL_MS = 30_000;

/** Add a host; it is asked for its domains at once, and what that says is shown. */
export async function createHost(ctx: Ctx, raw: CreateHost): Promise<{ hostId: number }> {
  requireAdmin(ctx.actor, "add hosts");
  const { name, ...attributes } = CreateHost.parse(raw);
  const hostId = await withTx(ctx.core.db, async (tx) => {
    const taken = await tx.host.findUnique({ where: { name }, select: { id: true } });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "host", name });
    const id = await nextId(tx, "host");
    await tx.host.create({ data: { id, name, template: toJson(withAttributes({}, attributes)) } });
    await appendEvent(tx, { topic: "host", objectId: id, type: "created" });
    await writeAudit(tx, ctx.actor, {
      what: "host-create",
      object: "host",
      objectId: id,
      data: { name, ...attributes },
    });
    return id;
  });
  await pollHost(ctx.core, hostId, AbortSignal.timeout(POLL_MS));
  return { hostId };
}

/** Change what an administrator says of a host; its name is what VMs and backups know it by, and stays. */
export async function updateHost(ctx: Ctx, raw: UpdateHost): Promise<void> {
  requireAdmin(ctx.actor, "change hosts");
  const { hostId, ...attributes } = UpdateHost.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    const host = await lockHost(tx, hostId);
    await tx.host.update({
      where: { id: hostId },
      data: { template: toJson(withAttributes(host.template, attributes)) },
    });
    await appendEvent(tx, { topic: "host", objectId: hostId, type: "changed" });
    await writeAudit(tx, ctx.actor, { what: "host-update", object: "host", objectId: hostId, data: attributes });
  });
}

/** Remove a host without VMs from the inventory; nothing on it is touched. */
export async function deleteHost(ctx: Ctx, hostId: number): Promise<void> {
  requireAdmin(ctx.actor, "delete hosts");
  await withTx(ctx.core.db, async (tx) => {
    const { name } = await lockHost(tx, hostId);
    if (hostId === 0) throw appError("INVALID_INPUT", { message: `${name} is this machine; it cannot be deleted.` });
    const vms = await tx.vm.count({ where: { hostId, state: { not: "DONE" } } });
    if (vms > 0) throw appError("HOST_IN_USE", { hostId, vms });
    await tx.host.delete({ where: { id: hostId } });
    await appendEvent(tx, { topic: "host", objectId: hostId, type: "deleted" });
    await writeAudit(tx, ctx.actor, { what: "host-delete", object: "host", objectId: hostId, data: { name } });
  });
}

async function lockHost(tx: Parameters<typeof requireHost>[0], hostId: number) {
  await tx.$queryRaw`SELECT "id" FROM "Host" WHERE "id" = ${hostId} FOR UPDATE`;
  return await requireHost(tx, hostId);
}

/** Try a host that does not exist yet, stage by stage; nothing is stored. */
export async function testNewHost(ctx: Ctx, raw: CreateHost): Promise<HostTestResult> {
  requireAdmin(ctx.actor, "test hosts");
  const { name, libvirtUri } = CreateHost.parse(raw);
  return await tried(ctx, { name, vmMad: "kvm", uri: libvirtUri });
}

/** Test a host again; whether it has KVM is remembered. */
export async function testHost(ctx: Ctx, hostId: number): Promise<HostTestResult> {
  requireAdmin(ctx.actor, "test hosts");
  const host = await requireHost(ctx.core.db, hostId);
  const result = await tried(ctx, { ...host, uri: attributesOf(host.template).libvirtUri });
  if (result.acceleration !== null) await storeAcceleration(ctx.core, hostId, result.acceleration);
  await pollHost(ctx.core, hostId, AbortSignal.timeout(POLL_MS));
  return result;
}

/** A test that cannot run at all is a failed connection, with the reason. */
async function tried(ctx: Ctx, host: Parameters<typeof runHostTest>[1]): Promise<HostTestResult> {
  return await runHostTest(ctx.core, host, AbortSignal.timeout(TEST_MS)).catch((error: unknown) =>
    parseTest(`connect failed ${reasonOf(error)}`),
  );
}
