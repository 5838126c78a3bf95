import { setImmediate } from "node:timers/promises";
import { type KeepWhatIf, KeepWhatIfInput, WHAT_IF_VMS } from "../../domain/keep-what-if";
import type { RetentionPlan } from "../../domain/retention";
import { authorizeDatastore, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { planComing, readComing } from "../retention/coming";
import { readRetention } from "../retention/history";

/** VMs that are named in the answer. */
const NAMED = 20;
/** VMs that are planned in one go, before others get their turn. */
const CHUNK = 100;

/**
 * What the next backups would free in a datastore if its VMs kept at most `keepLast`, by the function that the core carries
 * out afterwards, on the real histories of the VMs that the actor may USE. Nothing is changed.
 */
export async function readKeepWhatIf(ctx: Ctx, raw: KeepWhatIfInput): Promise<KeepWhatIf> {
  const { datastoreId, keepLast } = KeepWhatIfInput.parse(raw);
  const { db, config } = ctx.core;
  await authorizeDatastore(db, ctx.actor, "USE", datastoreId);
  const images = await db.image.findMany({
    where: { type: "BACKUP", datastoreId, vmId: { not: null } },
    select: { id: true, vmId: true, sizeMb: true },
  });
  const here = new Set(images.map((image) => image.id));
  const sizes = new Map<number, number>();
  for (const { vmId, sizeMb } of images) if (vmId !== null) sizes.set(vmId, (sizes.get(vmId) ?? 0) + sizeMb);
  const vms = await db.vm.findMany({
    where: { AND: [visibleTo(ctx.actor), { id: { in: [...sizes.keys()] }, state: { not: "DONE" } }] },
    select: { id: true, name: true },
  });
  vms.sort((a, b) => (sizes.get(b.id) ?? 0) - (sizes.get(a.id) ?? 0) || a.id - b.id);
  const looked = vms.slice(0, WHAT_IF_VMS);
  const histories = await readRetention(
    db,
    looked.map((vm) => vm.id),
  );
  const coming = await readComing(ctx.core, histories);
  const keeps = new Map<number, number>();
  const rows: KeepWhatIf["vms"] = [];
  for (const [index, { id, name }] of looked.entries()) {
    if (index % CHUNK === CHUNK - 1) await setImmediate();
    const history = histories.get(id);
    const next = coming.get(id);
    if (history === undefined || next === undefined) continue;
    const now = next.config.keepLast;
    keeps.set(now, (keeps.get(now) ?? 0) + 1);
    if (now !== 0 && now <= keepLast) continue;
    const tried = { keepLast, gfs: next.config.gfs, mode: next.config.mode };
    const before = sumOf(planComing(history, next, config.zone).plan, here);
    const after = sumOf(planComing(history, next, config.zone, tried).plan, here);
    const pointsGone = after.points - before.points;
    if (pointsGone <= 0) continue;
    rows.push({
      vmId: id,
      vmName: name,
      keepLast: now,
      pointsGone,
      freesAtMost: Math.max(0, after.bytes - before.bytes),
    });
  }
  rows.sort((a, b) => b.freesAtMost - a.freesAtMost || a.vmId - b.vmId);
  return {
    keepLast,
    vmCount: looked.length,
    leftOut: vms.length - looked.length,
    keeps: [...keeps].map(([kept, count]) => ({ keepLast: kept, vms: count })).sort((a, b) => b.vms - a.vms),
    freesAtMost: rows.reduce((sum, row) => sum + row.freesAtMost, 0),
    pointsGone: rows.reduce((sum, row) => sum + row.pointsGone, 0),
    vmsTouched: rows.length,
    vms: rows.slice(0, NAMED),
  };
}

/** What a plan takes away in the images of one datastore. */
function sumOf(plan: RetentionPlan, here: ReadonlySet<number>): { points: number; bytes: number } {
  const merges = plan.merges.filter(({ imageId }) => here.has(imageId));
  const deletions = plan.deletions.filter(({ imageId }) => here.has(imageId));
  return {
    points: plan.fates.filter(({ imageId, fate }) => fate !== "keep" && here.has(imageId)).length,
    bytes:
      merges.reduce((sum, merge) => sum + merge.freesAtMost, 0) + deletions.reduce((sum, one) => sum + one.bytes, 0),
  };
}
