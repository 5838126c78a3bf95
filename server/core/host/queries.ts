import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { HostDetail, HostHealth, HostRow } from "../../domain/host";
import type { VmState } from "../../domain/states";
import { Template } from "../../domain/template";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { requireHost } from "../require";
import { isImported } from "../vm/domain";
import { attributesOf, foundAcceleration } from "./attributes";

export const LOCAL_HOST = "localhost";
/** HostState of the reference. */
export const HOST_STATES = { MONITORED: 2, ERROR: 3 } as const;

/** Every host; `localhost` is this machine. */
export async function listHosts(ctx: Ctx): Promise<HostRow[]> {
  const hosts = await ctx.core.db.host.findMany({ orderBy: { id: "asc" } });
  const counts = await ctx.core.db.vm.groupBy({
    by: ["hostId", "state"],
    where: { state: { not: "DONE" } },
    _count: true,
  });
  return hosts.map((host) =>
    toRow(
      host,
      counts.filter((count) => count.hostId === host.id),
    ),
  );
}

/** States with a QEMU on the host. */
const OFF: readonly string[] = [
  "POWEROFF",
  "INIT",
  "PENDING",
  "HOLD",
  "PROLOG",
  "PROLOG_FAILURE",
  "EPILOG",
  "EPILOG_FAILURE",
];

function toRow(host: Prisma.HostModel, counts: readonly { state: string; _count: number }[]): HostRow {
  const sum = (some: typeof counts) => some.reduce((total, { _count }) => total + _count, 0);
  return {
    id: host.id,
    name: host.name,
    isLocal: host.name === LOCAL_HOST,
    health: healthOf(host),
    error: host.error,
    polledAt: host.polledAt?.getTime() ?? null,
    vmCount: sum(counts),
    runningCount: sum(counts.filter(({ state }) => !OFF.includes(state) && !state.endsWith("_POWEROFF"))),
    acceleration: foundAcceleration(host.template),
  };
}

function healthOf(host: Pick<Prisma.HostModel, "error" | "polledAt">): HostHealth {
  if (host.error !== null) return "unreachable";
  return host.polledAt === null ? "unknown" : "ok";
}

/** One host with the VMs that the actor may see. */
export async function getHost(ctx: Ctx, hostId: number): Promise<HostDetail> {
  const { db } = ctx.core;
  const host = await requireHost(db, hostId);
  const vms = await db.vm.findMany({
    where: { AND: [visibleTo(ctx.actor), { hostId, state: { not: "DONE" } }] },
    orderBy: { id: "asc" },
    select: { id: true, name: true, state: true, deployId: true, template: true },
  });
  const counts = await db.vm.groupBy({ by: ["state"], where: { hostId, state: { not: "DONE" } }, _count: true });
  return {
    ...toRow(host, counts),
    attributes: attributesOf(host.template),
    createdAt: host.createdAt.getTime(),
    vms: vms.map(({ template, ...vm }) => ({
      ...vm,
      state: vm.state as VmState, // written only by transitionVm
      isImported: isImported(parseStored(Template, template)),
    })),
    may: { manage: ctx.actor.isAdmin },
  };
}
