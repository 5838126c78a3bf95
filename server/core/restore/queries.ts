import { type RestorePlan, RestoreRequest, type RestoreSource } from "../../domain/restore";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { planFor } from "./plan";

const MAX_SOURCES = 100;

/** What a restore would do. Touches nothing. */
export async function getRestorePlan(ctx: Ctx, raw: RestoreRequest): Promise<RestorePlan> {
  return (await planFor(ctx.core.db, ctx.actor, RestoreRequest.parse(raw))).plan;
}

/**
 * VMs with restore points, newest point first; VMs that are gone included. A search looks into the template only of VMs
 * that the actor may USE: a backup that was given to them must not answer questions about a VM that was not.
 */
export async function listRestoreSources(ctx: Ctx, search: string): Promise<RestoreSource[]> {
  const { db } = ctx.core;
  const where = { AND: [visibleTo(ctx.actor), { type: "BACKUP", state: "READY", vmId: { not: null } }] };
  const [images, counts] = await Promise.all([
    db.image.findMany({ where, select: { id: true, vmId: true, vmName: true }, orderBy: { id: "asc" } }),
    db.increment.groupBy({
      by: ["imageId"],
      where: { image: where },
      _count: true,
      _max: { at: true },
      _sum: { storedBytes: true },
    }),
  ]);
  const countOf = new Map(counts.map((count) => [count.imageId, count]));
  const sources = new Map<number, RestoreSource>();
  for (const { id, vmId, vmName } of images) {
    const count = countOf.get(id);
    if (vmId === null || count === undefined) continue;
    const known = sources.get(vmId);
    sources.set(vmId, {
      vmId,
      vmName: vmName ?? `VM ${vmId}`,
      exists: false,
      pointCount: (known?.pointCount ?? 0) + count._count,
      newestPointAt: Math.max(known?.newestPointAt ?? 0, count._max.at?.getTime() ?? 0),
      storedBytes: (known?.storedBytes ?? 0) + Number(count._sum.storedBytes ?? 0n),
    });
  }
  const text = search.trim().toLowerCase();
  const vms = await readLivingVms(ctx, [...sources.keys()], text);
  return [...sources.values()]
    .map((source) => ({
      ...source,
      exists: vms.alive.has(source.vmId),
      vmName: vms.names.get(source.vmId) ?? source.vmName,
    }))
    .filter((source) => vms.found.has(source.vmId) || `${source.vmName} ${source.vmId}`.toLowerCase().includes(text))
    .sort((a, b) => b.newestPointAt - a.newestPointAt)
    .slice(0, MAX_SOURCES);
}

/** Which of the VMs live, the names of those the actor may USE, and which of these have `text` in their template. */
async function readLivingVms(ctx: Ctx, vmIds: number[], text: string) {
  const { db } = ctx.core;
  const [alive, visible] = await Promise.all([
    db.$queryRaw<{ id: number }[]>`SELECT "id" FROM "Vm" WHERE "id" = ANY(${vmIds}::int[]) AND "state" <> 'DONE'`,
    db.vm.findMany({
      where: { AND: [visibleTo(ctx.actor), { state: { not: "DONE" } }] },
      select: { id: true, name: true },
    }),
  ]);
  const visibleIds = visible.map((vm) => vm.id);
  const found =
    text === ""
      ? []
      : await db.$queryRaw<{ id: number }[]>`
          SELECT "id" FROM "Vm"
          WHERE "id" = ANY(${visibleIds}::int[]) AND strpos(lower("template"::text), ${text}) > 0`;
  return {
    alive: new Set(alive.map((vm) => vm.id)),
    names: new Map(visible.map((vm) => [vm.id, vm.name])),
    found: new Set(found.map((vm) => vm.id)),
  };
}
