import type { Prisma } from "../../db/client";
import { containing } from "../../db/contains";
import type { Page, PageInput } from "../../domain/ids";
import { type AddressRange, addressAt, type NetworkLease, type NetworkRow } from "../../domain/network";
import { authorizeNetwork, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { type Names, readNames } from "../owners";

/** Virtual networks that the actor may use, with the addresses in use of each range. */
export async function listNetworks(ctx: Ctx, input: PageInput): Promise<Page<NetworkRow>> {
  const where: Prisma.VirtualNetworkWhereInput = {
    AND: [visibleTo(ctx.actor), input.search === undefined ? {} : { name: containing(input.search) }],
  };
  const [rows, total] = await Promise.all([
    ctx.core.db.virtualNetwork.findMany({
      where,
      include: withRanges,
      orderBy: { id: "asc" },
      skip: input.offset,
      take: input.limit,
    }),
    ctx.core.db.virtualNetwork.count({ where }),
  ]);
  const names = await readNames(ctx.core.db, rows);
  return { rows: rows.map((row) => toRow(row, names)), total };
}

/** One network and who has its addresses, the first 500 of them. */
export async function getNetwork(
  ctx: Ctx,
  networkId: number,
): Promise<{ network: NetworkRow; leases: NetworkLease[] }> {
  await authorizeNetwork(ctx.core.db, ctx.actor, "USE", networkId);
  const row = await ctx.core.db.virtualNetwork.findUniqueOrThrow({ where: { id: networkId }, include: withRanges });
  const leases = await ctx.core.db.addressLease.findMany({
    where: { networkId },
    orderBy: [{ rangeId: "asc" }, { index: "asc" }],
    take: 500,
  });
  const vms = await ctx.core.db.vm.findMany({
    where: { id: { in: leases.map((lease) => lease.vmId) } },
    select: { id: true, name: true },
  });
  const vmNames = new Map(vms.map((vm) => [vm.id, vm.name]));
  const ranges = new Map(row.addresses.map((range) => [range.id, toRange(range)]));
  const network = toRow(row, await readNames(ctx.core.db, [row]));
  return {
    network,
    leases: leases.flatMap((lease) => {
      const range = ranges.get(lease.rangeId);
      if (range === undefined) return [];
      const { vmId, nicId, rangeId, index } = lease;
      return [{ rangeId, index, vmId, nicId, vmName: vmNames.get(vmId) ?? "", ...addressAt(range, index) }];
    }),
  };
}

const withRanges = {
  addresses: { orderBy: { id: "asc" }, include: { _count: { select: { leases: true } } } },
} satisfies Prisma.VirtualNetworkInclude;

type Stored = Prisma.VirtualNetworkGetPayload<{ include: typeof withRanges }>;

/** A stored range; rows are written by the core only. */
export function toRange(row: Prisma.AddressRangeModel): AddressRange {
  return { id: row.id, type: row.type === "ETHER" ? "ETHER" : "IP4", ip: row.ip, mac: row.mac, size: row.size };
}

function toRow(row: Stored, names: Names): NetworkRow {
  return {
    id: row.id,
    name: row.name,
    ownerName: names.user(row.uid),
    groupName: names.group(row.gid),
    bridge: row.bridge,
    vnMad: row.vnMad,
    ranges: row.addresses.map((range) => ({ ...toRange(range), used: range._count.leases })),
  };
}
