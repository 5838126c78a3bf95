import type { z } from "zod";
import { appError } from "../../domain/errors";
import { type PreviewPoint, PreviewRetention, type RetentionPreview } from "../../domain/retention-preview";
import { authorizeVm, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { planComing, readComing } from "./coming";
import { readRetention, toPin } from "./history";

/**
 * What the next backup of a VM makes go, on its real history and by the function that the core carries out afterwards.
 * `policy`: settings that are not saved yet. Backups that the caller may not USE are counted by the rules and not shown.
 */
export async function previewRetention(ctx: Ctx, raw: z.input<typeof PreviewRetention>): Promise<RetentionPreview> {
  const input = PreviewRetention.parse(raw);
  const { db, config } = ctx.core;
  const vm = await authorizeVm(db, ctx.actor, "USE", input.vmId);
  const histories = await readRetention(db, [vm.id]);
  const history = histories.get(vm.id);
  const coming = (await readComing(ctx.core, histories)).get(vm.id);
  if (history === undefined || coming === undefined) throw appError("NOT_FOUND", { object: "VM", id: vm.id });
  const { plan, next, backup } = planComing(history, coming, config.zone, input.policy);
  const images = await db.image.findMany({
    where: { AND: [visibleTo(ctx.actor), { type: "BACKUP", vmId: vm.id }] },
    select: { id: true, isChain: true },
  });
  const isChain = new Map(images.map((image) => [image.id, image.isChain]));
  const isNext = (at: { imageId: number; incrementId: number }) =>
    at.imageId === next.imageId && at.incrementId === next.incrementId;
  const pins = await db.pin.findMany({ where: { imageId: { in: [...isChain.keys()] } } });
  const pinOf = new Map(pins.map((pin) => [`${pin.imageId}.${pin.incrementId}`, pin]));
  const points = plan.fates
    .filter((fate) => isNext(fate) || isChain.has(fate.imageId))
    .map((fate): PreviewPoint => {
      const pin = pinOf.get(`${fate.imageId}.${fate.incrementId}`);
      return {
        ...fate,
        isChain: isChain.get(fate.imageId) ?? backup.isChain,
        isNext: isNext(fate),
        pin: toPin(pin, ctx.core.clock.now()),
      };
    })
    .sort((a, b) => b.at - a.at || b.imageId - a.imageId || b.incrementId - a.incrementId);
  const merges = plan.merges.filter((merge) => isChain.has(merge.imageId));
  const deletions = plan.deletions.filter((deletion) => isChain.has(deletion.imageId));
  const policy = input.policy ?? coming.config;
  return {
    vmId: vm.id,
    vmName: vm.name,
    policy: { keepLast: policy.keepLast, gfs: policy.gfs },
    jobId: input.policy === null ? coming.jobId : null,
    next: { at: backup.at, isPlanned: coming.isPlanned, type: backup.type },
    points,
    merges,
    deletions,
    freesAtMost:
      merges.reduce((sum, merge) => sum + merge.freesAtMost, 0) + deletions.reduce((sum, one) => sum + one.bytes, 0),
    heldByChain: points.filter((point) => point.isHeld).length,
  };
}
