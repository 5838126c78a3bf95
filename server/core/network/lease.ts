import type { Tx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import { type AddressRange, addressAt, freeIndex, indexIn } from "../../domain/network";
import { mayByPermissions } from "../../domain/permissions";
import type { TemplateVector } from "../../domain/template";
import { toRange } from "./queries";

export interface LeaseRequest {
  actor: Actor;
  vmId: number;
  nics: readonly TemplateVector[];
  /** When an address or a network cannot be had: an error, or the next best and a warning. */
  onTaken: "refuse" | "replace";
}

/**
 * Give the NICs of a new VM addresses of the networks that they name. A NIC whose network is not known here stays as it
 * is, so that a restore into an inventory without networks works. `NETWORK_ID` decides before `NETWORK`.
 *
 * @throws with `refuse`: NOT_AUTHORIZED without USE on a network, NETWORK_FULL, ADDRESS_TAKEN
 */
export async function leaseNics(
  tx: Tx,
  request: LeaseRequest,
): Promise<{ nics: TemplateVector[]; warnings: string[] }> {
  const nics: TemplateVector[] = [];
  const warnings: string[] = [];
  for (const [nicId, nic] of request.nics.entries()) {
    const network = await findNetwork(tx, request.actor, nic);
    if (network === null) {
      nics.push(nic);
      continue;
    }
    if (!mayByPermissions(request.actor, network, "USE")) {
      const denied = appError("NOT_AUTHORIZED", { right: "USE", object: "network", id: network.id });
      if (request.onTaken === "refuse") throw denied;
      nics.push(unconnected(nic));
      warnings.push(`NIC ${nicId} is not connected. ${denied.message}`);
      continue;
    }
    const leased = await leaseOne(tx, network, nic, { ...request, nicId });
    nics.push(leased.nic);
    if (leased.warning !== null) warnings.push(leased.warning);
  }
  return { nics, warnings };
}

/** Give back every address of a VM. */
export async function releaseLeases(tx: Tx, vmId: number): Promise<void> {
  await tx.addressLease.deleteMany({ where: { vmId } });
}

type Network = NonNullable<Awaited<ReturnType<typeof findNetwork>>>;

/** By id, else by name: the named owner's, the actor's own, or the only one of that name. Locked to the commit. */
async function findNetwork(tx: Tx, actor: Actor, nic: TemplateVector) {
  const id = /^\d{1,9}$/.exec(nic["NETWORK_ID"] ?? "")?.[0];
  const name = nic["NETWORK"];
  if (id === undefined && (name === undefined || name === "")) return null;
  const found = await tx.virtualNetwork.findMany({
    where: id === undefined ? { name: name ?? "" } : { id: Number(id) },
    orderBy: { id: "asc" },
    take: 50,
  });
  const uname = nic["NETWORK_UNAME"];
  const owner = uname === undefined ? null : await tx.user.findUnique({ where: { name: uname }, select: { id: true } });
  const network =
    found.find((one) => one.uid === owner?.id) ??
    found.find((one) => one.uid === actor.userId) ??
    found.find((one) => mayByPermissions(actor, one, "USE")) ??
    found[0];
  if (network === undefined) return null;
  await tx.$queryRaw`SELECT "id" FROM "VirtualNetwork" WHERE "id" = ${network.id} FOR UPDATE`;
  return network;
}

async function leaseOne(
  tx: Tx,
  network: Network,
  nic: TemplateVector,
  at: { vmId: number; nicId: number; onTaken: LeaseRequest["onTaken"] },
): Promise<{ nic: TemplateVector; warning: string | null }> {
  const ranges = (await tx.addressRange.findMany({ where: { networkId: network.id }, orderBy: { id: "asc" } })).map(
    toRange,
  );
  const leases = await tx.addressLease.findMany({ where: { networkId: network.id } });
  const wanted = { ip: nic["IP"] || undefined, mac: nic["MAC"] || undefined };
  const place = ranges.flatMap((range) => {
    const index = indexIn(range, wanted);
    return index === null ? [] : [{ range, index }];
  })[0];
  const holder = leases.find((lease) => lease.rangeId === place?.range.id && lease.index === place.index);
  const text = wanted.ip ?? wanted.mac ?? "";
  if (place !== undefined && holder === undefined)
    return { nic: await take(tx, network, nic, place, at), warning: null };
  if (place === undefined && wanted.ip !== undefined) {
    // An address of somebody's own, outside every range: kept, as the guest is set up for it.
    return { nic: { ...nic, ...networkKeys(network) }, warning: null };
  }
  if (holder !== undefined && at.onTaken === "refuse") {
    throw appError("ADDRESS_TAKEN", { address: text, network: network.name, vmId: holder.vmId });
  }
  const free = findFree(ranges, leases);
  if (free === null) {
    if (at.onTaken === "refuse") throw appError("NETWORK_FULL", { network: network.name });
    const { IP: _ip, ...bare } = nic;
    return { nic: bare, warning: `Network ${network.name} has no free address: NIC ${at.nicId} got none.` };
  }
  const taken = await take(tx, network, nic, free, at);
  const warning =
    holder === undefined
      ? null
      : `${text} of network ${network.name} is leased by VM ${holder.vmId}: NIC ${at.nicId} got ${taken["IP"] ?? taken["MAC"] ?? "another"}.`;
  return { nic: taken, warning };
}

/** The NIC without the network that it may not use, and without an address in it. */
function unconnected(nic: TemplateVector): TemplateVector {
  const { NETWORK: _name, NETWORK_ID: _id, NETWORK_UNAME: _owner, IP: _ip, BRIDGE: _bridge, ...rest } = nic;
  return rest;
}

function findFree(ranges: AddressRange[], leases: { rangeId: number; index: number }[]) {
  for (const range of ranges) {
    const used = new Set(leases.filter((lease) => lease.rangeId === range.id).map((lease) => lease.index));
    const index = freeIndex(range, used);
    if (index !== null) return { range, index };
  }
  return null;
}

async function take(
  tx: Tx,
  network: Network,
  nic: TemplateVector,
  { range, index }: { range: AddressRange; index: number },
  { vmId, nicId }: { vmId: number; nicId: number },
): Promise<TemplateVector> {
  await tx.addressLease.create({ data: { networkId: network.id, rangeId: range.id, index, vmId, nicId } });
  const { ip, mac } = addressAt(range, index);
  const { IP: _old, ...rest } = nic;
  return { ...rest, ...networkKeys(network), AR_ID: String(range.id), MAC: mac, ...(ip === null ? {} : { IP: ip }) };
}

function networkKeys(network: Network): TemplateVector {
  return {
    NETWORK: network.name,
    NETWORK_ID: String(network.id),
    VN_MAD: network.vnMad,
    ...(network.bridge === "" ? {} : { BRIDGE: network.bridge }),
  };
}
