import { type RestorePlan, RestoreRequest, type RestoreSource } from "../../domain/restore";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { planFor } from "./plan";

const MAX_SOURCES = 100;

/** What a restore would do. Touches nothing. */
export async function getRestorePlan(ctx: Ctx, raw: RestoreRequest): Promise<RestorePlan> {
  return (await planFor(ctx.core.db, ctx.actor, RestoreRequest.parse(raw))).plan;
}

/** VMs with restore points, newest point first; VMs that are gone included. */
export async function listRestoreSources(ctx: Ctx, search: string): Promise<RestoreSource[]> {
  const images = await ctx.core.db.image.findMany({
    where: { AND: [visibleTo(ctx.actor), { type: "BACKUP", state: "READY", vmId: { not: null } }] },
    select: { vmId: true, vmName: true, increments: { select: { at: true, storedBytes: true } } },
  });
  const sources = new Map<number, RestoreSource>();
  for (const image of images) {
    if (image.vmId === null || image.increments.length === 0) continue;
    const known = sources.get(image.vmId);
    const newest = Math.max(...image.increments.map((increment) => increment.at.getTime()));
    sources.set(image.vmId, {
      vmId: image.vmId,
      vmName: image.vmName ?? `VM ${image.vmId}`,
      exists: false,
      pointCount: (known?.pointCount ?? 0) + image.increments.length,
      newestPointAt: Math.max(known?.newestPointAt ?? 0, newest),
      storedBytes:
        (known?.storedBytes ?? 0) + image.increments.reduce((sum, increment) => sum + Number(increment.storedBytes), 0),
    });
  }
  const alive = await ctx.core.db.vm.findMany({
    where: { id: { in: [...sources.keys()] }, state: { not: "DONE" } },
    select: { id: true, name: true, template: true },
  });
  const text = search.trim().toLowerCase();
  const matching = new Set<number>();
  for (const source of sources.values()) {
    const vm = alive.find((row) => row.id === source.vmId);
    if (vm !== undefined) Object.assign(source, { exists: true, vmName: vm.name });
    const haystack = `${source.vmName} ${source.vmId} ${vm === undefined ? "" : JSON.stringify(vm.template)}`;
    if (haystack.toLowerCase().includes(text)) matching.add(source.vmId);
  }
  return [...sources.values()]
    .filter((source) => matching.has(source.vmId))
    .sort((a, b) => b.newestPointAt - a.newestPointAt)
    .slice(0, MAX_SOURCES);
}
