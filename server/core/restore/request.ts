import { z } from "zod";
import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import { type PlanDisk, RestoreRequest } from "../../domain/restore";
import { restoreTemplate } from "../../domain/restore-template";
import { Template } from "../../domain/template";
import { enqueue } from "../action/enqueue";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { lockImage } from "../lock";
import { changeQuota } from "../quota/commands";
import { requireSamePlace } from "../vm/ceph";
import { planFor } from "./plan";

const MIB = 1024 * 1024;

/** What the run needs: ids are reserved with the request, so that a repeated step finds its own work. */
export const RestoreInput = z.object({
  request: RestoreRequest,
  /** Never null here: the plan resolved it, and exactly this point is restored. */
  incrementId: z.number().int(),
  images: z.array(z.object({ diskId: z.number().int(), imageId: z.number().int(), bytesToRead: z.number() })),
  templateId: z.number().int().nullable(),
  templateName: z.string().nullable(),
  template: Template.nullable(),
  vmId: z.number().int().nullable(),
  vmDocument: z.string(),
});
export type RestoreInput = z.infer<typeof RestoreInput>;

/**
 * Start a restore: the plan is made again in this transaction and must be runnable; the images exist at once, LOCKED,
 * and become READY together when all are copied.
 * @throws AppError RESTORE_CONFLICT with the first failed check
 */
export async function requestRestore(ctx: Ctx, raw: RestoreRequest): Promise<{ actionId: number }> {
  const asked = RestoreRequest.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    await lockImage(tx, asked.imageId); // a deletion that begins now sees this restore, or this restore sees it
    const { plan, document, vmDocument } = await planFor(tx, ctx.actor, asked);
    const failed = plan.checks.find((check) => check.level === "error");
    if (failed !== undefined) throw appError("RESTORE_CONFLICT", { message: failed.text });
    await requireUsablePlace(tx, asked);

    const images: RestoreInput["images"] = [];
    for (const disk of plan.disks) {
      const imageId = await createImage(tx, ctx, disk, asked.datastoreId);
      images.push({ diskId: disk.diskId, imageId, bytesToRead: disk.bytesToRead ?? disk.virtualSize });
    }
    const hasTemplate = plan.templateName !== null;
    const template = hasTemplate
      ? restoreTemplate({
          template: document.template,
          userTemplate: document.userTemplate,
          network: asked.network,
          restoredImages: new Map(images.map((image) => [image.diskId, image.imageId])),
          name: plan.templateName ?? "",
        })
      : null;
    const input: RestoreInput = {
      request: asked,
      incrementId: plan.incrementId,
      images,
      templateId: hasTemplate ? await nextId(tx, "template") : null,
      templateName: plan.templateName,
      template,
      vmId: asked.instantiate === null ? null : await nextId(tx, "vm"),
      vmDocument,
    };
    const actionId = await enqueue(tx, {
      kind: "restore",
      actor: ctx.actor,
      input,
      vmId: plan.vmId,
      vmName: plan.vmName,
      imageId: plan.imageId,
      datastoreId: asked.datastoreId,
    });
    return { actionId };
  });
}

/** A VM cannot run on images that its system datastore does not know how to clone. */
async function requireUsablePlace(tx: Tx, { datastoreId, instantiate }: RestoreRequest): Promise<void> {
  if (instantiate === null) return;
  const images = await tx.datastore.findUniqueOrThrow({ where: { id: datastoreId } });
  requireSamePlace(images, await tx.datastore.findUniqueOrThrow({ where: { id: instantiate.systemDatastoreId } }));
}

async function createImage(tx: Tx, ctx: Ctx, disk: PlanDisk, datastoreId: number): Promise<number> {
  const id = await nextId(tx, "image");
  const { diskType } = await tx.datastore.findUniqueOrThrow({ where: { id: datastoreId }, select: { diskType: true } });
  const sizeMb = Math.ceil(disk.virtualSize / MIB);
  const owner = { uid: ctx.actor.userId, gid: ctx.actor.groupIds[0] ?? 0 };
  await tx.image.create({
    data: {
      ...owner,
      id,
      name: disk.imageName,
      permissions: DEFAULT_PERMISSIONS,
      type: disk.imageType,
      diskType,
      format: diskType === "RBD" ? "raw" : "qcow2",
      sizeMb,
      state: "LOCKED",
      datastoreId,
      registeredAt: new Date(ctx.core.clock.now()),
    },
  });
  await changeQuota(tx, owner, datastoreId, { sizeMb, images: 1 });
  await appendEvent(tx, { topic: "image", objectId: id, type: "created" });
  return id;
}
