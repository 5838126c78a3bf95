import { type Tx, withTx } from "../../db/tx";
import type { RestoreResult } from "../../domain/restore";
import type { Outcome } from "../../lib/outcome";
import type { Recorded, Run } from "../action/handler";
import { appendEvent } from "../event/append";
import { changeQuota } from "../quota/commands";
import { transitionImage, transitionVm } from "../transition";
import { releaseImages, usersOfImage } from "../vm/images";
import { createPlacedVm } from "../vm/place";
import { parseVm } from "../vm/rows";
import { RestoreInput } from "./request";

/** All copied: images READY, the template, and the VM's row when one is wanted, in one transaction; repeatable. */
export async function registerRestored(run: Run, input: RestoreInput): Promise<null> {
  await withTx(run.core.db, async (tx) => {
    for (const { imageId } of input.images) {
      const image = await tx.image.findUniqueOrThrow({ where: { id: imageId } });
      if (image.state === "LOCKED") await transitionImage(tx, image, "copy.done");
    }
    if (input.templateId === null || input.template === null) return;
    if ((await tx.vmTemplate.findUnique({ where: { id: input.templateId }, select: { id: true } })) !== null) return;
    await tx.vmTemplate.create({
      data: {
        id: input.templateId,
        uid: run.action.actor.userId,
        gid: run.action.actor.groupIds[0] ?? 0,
        name: input.templateName ?? `restore-${run.action.id}`,
        template: input.template,
      },
    });
    await appendEvent(tx, { topic: "template", objectId: input.templateId, type: "created" });
    const { instantiate } = input.request;
    if (instantiate === null || input.vmId === null) return;
    await createPlacedVm(tx, {
      actor: run.action.actor,
      vmId: input.vmId,
      name: instantiate.name ?? input.templateName ?? `restored-${input.vmId}`,
      template: input.template,
      templateId: input.templateId,
      host: await tx.host.findUniqueOrThrow({ where: { id: instantiate.hostId } }),
      system: await tx.datastore.findUniqueOrThrow({ where: { id: instantiate.systemDatastoreId } }),
    });
  });
  return null;
}

/** Outcome of a restore: done, or everything it made is gone from the inventory too. */
export async function recordRestore(tx: Tx, run: Run, worked: Outcome<RestoreResult>): Promise<Recorded> {
  const input = RestoreInput.parse(run.action.input);
  if (!worked.ok) {
    await forgetRestore(tx, input);
    return {};
  }
  if (input.vmId !== null) {
    const vm = await tx.vm.findUniqueOrThrow({ where: { id: input.vmId } });
    await transitionVm(tx, vm, "prolog.done", { error: null });
  }
  const bytes = input.images.reduce((sum, image) => sum + image.bytesToRead, 0);
  return { result: { ...worked.value }, bytes: BigInt(bytes) };
}

/** Take everything a restore has registered out of the inventory again. */
export async function forgetRestore(tx: Tx, input: RestoreInput): Promise<void> {
  const row = input.vmId === null ? null : await tx.vm.findUnique({ where: { id: input.vmId } });
  if (row !== null) {
    const vm = parseVm(row);
    await transitionVm(tx, vm, "prolog.failed");
    await transitionVm(tx, { id: vm.id, state: "PROLOG_FAILURE" }, "delete");
    await transitionVm(tx, { id: vm.id, state: "EPILOG" }, "epilog.done", { endedAt: new Date() });
    await releaseImages(tx, vm);
  }
  if (input.templateId !== null) {
    const { count } = await tx.vmTemplate.deleteMany({ where: { id: input.templateId } });
    if (count > 0) await appendEvent(tx, { topic: "template", objectId: input.templateId, type: "deleted" });
  }
  for (const { imageId } of input.images) {
    const image = await tx.image.findUnique({ where: { id: imageId } });
    if (image === null || (await usersOfImage(tx, imageId, input.vmId)).length > 0) continue;
    await tx.image.delete({ where: { id: imageId } });
    await changeQuota(tx, image, image.datastoreId, { sizeMb: -image.sizeMb, images: -1 });
    await appendEvent(tx, { topic: "image", objectId: imageId, type: "deleted" });
  }
}
