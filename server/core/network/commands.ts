import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import {
  AddRange,
  type AddressRange,
  CreateNetwork,
  doOverlap,
  macOfIp,
  type NewAddressRange,
} from "../../domain/network";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import { writeAudit } from "../audit";
import { authorizeNetwork, requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { toRange } from "./queries";

/** A virtual network with its address ranges. Only administrators: it names bridges of the hosts. */
export async function createNetwork(ctx: Ctx, raw: CreateNetwork): Promise<{ networkId: number }> {
  requireAdmin(ctx.actor, "create virtual networks");
  const input = CreateNetwork.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const taken = await tx.virtualNetwork.findFirst({
      where: { uid: ctx.actor.userId, name: input.name },
      select: { id: true },
    });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "network", name: input.name });
    const networkId = await nextId(tx, "network");
    await tx.virtualNetwork.create({
      data: {
        id: networkId,
        uid: ctx.actor.userId,
        gid: ctx.actor.groupIds[0] ?? 0,
        name: input.name,
        permissions: DEFAULT_PERMISSIONS,
        bridge: input.bridge,
        vnMad: input.vnMad,
      },
    });
    for (const range of input.ranges) await insertRange(tx, networkId, range);
    await record(tx, ctx, networkId, "created", { what: "network-create", data: { name: input.name } });
    return { networkId };
  });
}

/** One more range; INVALID_INPUT when it shares an address with another of the network. */
export async function addRange(ctx: Ctx, raw: AddRange): Promise<{ rangeId: number }> {
  requireAdmin(ctx.actor, "change virtual networks");
  const { networkId, range } = AddRange.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    await lockNetwork(tx, networkId);
    await authorizeNetwork(tx, ctx.actor, "MANAGE", networkId);
    const rangeId = await insertRange(tx, networkId, range);
    await record(tx, ctx, networkId, "ranges", { what: "network-range-add", data: { rangeId } });
    return { rangeId };
  });
}

/** Remove a range that no VM has an address of. */
export async function removeRange(ctx: Ctx, input: { networkId: number; rangeId: number }): Promise<void> {
  requireAdmin(ctx.actor, "change virtual networks");
  const { networkId, rangeId } = input;
  await withTx(ctx.core.db, async (tx) => {
    await lockNetwork(tx, networkId);
    await authorizeNetwork(tx, ctx.actor, "MANAGE", networkId);
    await refuseLeased(tx, { networkId, rangeId });
    const { count } = await tx.addressRange.deleteMany({ where: { networkId, id: rangeId } });
    if (count === 0) throw appError("NOT_FOUND", { object: "address range", id: rangeId });
    await record(tx, ctx, networkId, "ranges", { what: "network-range-remove", data: { rangeId } });
  });
}

/** Delete a network that no VM has an address of. Templates that name it keep its name. */
export async function deleteNetwork(ctx: Ctx, networkId: number): Promise<void> {
  await withTx(ctx.core.db, async (tx) => {
    await lockNetwork(tx, networkId);
    const { name } = await authorizeNetwork(tx, ctx.actor, "MANAGE", networkId);
    await refuseLeased(tx, { networkId });
    await tx.virtualNetwork.delete({ where: { id: networkId } });
    await record(tx, ctx, networkId, "deleted", { what: "network-delete", data: { name } });
  });
}

async function insertRange(tx: Tx, networkId: number, input: NewAddressRange): Promise<number> {
  const rows = await tx.addressRange.findMany({ where: { networkId }, orderBy: { id: "asc" } });
  const id = (rows.at(-1)?.id ?? -1) + 1;
  const mac = input.mac ?? (input.ip === null ? "" : macOfIp(input.ip)); // ETHER has a MAC: the schema saw to it
  const range: AddressRange = { id, type: input.type, ip: input.ip, mac: mac.toLowerCase(), size: input.size };
  const other = rows.map(toRange).find((row) => doOverlap(row, range));
  if (other !== undefined) {
    throw appError("INVALID_INPUT", {
      message: `The range shares addresses with range ${other.id}. Change one of them.`,
    });
  }
  await tx.addressRange.create({ data: { networkId, ...range } });
  return id;
}

async function lockNetwork(tx: Tx, networkId: number): Promise<void> {
  await tx.$queryRaw`SELECT "id" FROM "VirtualNetwork" WHERE "id" = ${networkId} FOR UPDATE`;
}

async function refuseLeased(tx: Tx, where: { networkId: number; rangeId?: number }): Promise<void> {
  const leases = await tx.addressLease.findMany({ where, select: { vmId: true }, take: 20, distinct: ["vmId"] });
  if (leases.length > 0) {
    throw appError("NETWORK_IN_USE", { networkId: where.networkId, vmIds: leases.map((lease) => lease.vmId) });
  }
}

async function record(
  tx: Tx,
  ctx: Ctx,
  networkId: number,
  type: string,
  entry: { what: string; data: Record<string, string | number> },
): Promise<void> {
  await appendEvent(tx, { topic: "network", objectId: networkId, type });
  await writeAudit(tx, ctx.actor, { ...entry, object: "network", objectId: networkId });
}
