import { type Tx, withTx } from "../../db/tx";
import type { RestoreResult } from "../../domain/restore";
import { type Template, vectors } from "../../domain/template";
import type { Outcome } from "../../lib/outcome";
import type { Recorded, Run } from "../action/handler";
import { appendEvent } from "../event/append";
import { releaseLeases } from "../network/lease";
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
    const warnings = await createPlacedVm(tx, {
      actor: run.action.actor,
      vmId: input.vmId,
      name: instantiate.name ?? input.templateName ?? `restored-${input.vmId}`,
      template: input.template,
      templateId: input.templateId,
      host: await tx.host.findUniqueOrThrow({ where: { id: instantiate.hostId } }),
      system: await tx.datastore.findUniqueOrThrow({ where: { id: instantiate.systemDatastoreId } }),
      onTakenAddress: "replace",
    });
    for (const warning of warnings) run.log.add("WARN", warning);
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
  const warnings: string[] = [];
  if (input.vmId !== null) {
    const vm = await tx.vm.findUniqueOrThrow({ where: { id: input.vmId } });
    await transitionVm(tx, vm, "prolog.done", { error: null });
    warnings.push(...changedAddresses(input.template ?? {}, parseVm(vm).template));
  }
  const { attach } = worked.value;
  if (attach !== undefined && attach.error !== null) {
    warnings.push(`The disk could not be attached to VM ${attach.vmId}: ${attach.error} Its image is there.`);
  }
  const bytes = input.images.reduce((sum, image) => sum + image.bytesToRead, 0);
  return { result: { ...worked.value }, bytes: BigInt(bytes), warnings };
}

/** Read from the outcome, not remembered: a run that goes on after a crash warns the same. */
function changedAddresses(wanted: Template, made: Template): string[] {
  const nics = vectors(made, "NIC");
  return vectors(wanted, "NIC").flatMap((nic, nicId) => {
    const got = nics[nicId]?.["IP"];
    if (nic["IP"] === undefined || nic["IP"] === got) return [];
    return [`${nic["IP"]} is leased by another VM: NIC ${nicId} ${got === undefined ? "has no IP" : `got ${got}`}.`];
  });
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
    await releaseLeases(tx, vm.id);
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
