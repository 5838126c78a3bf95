import { appError, reasonOf } from "../../domain/errors";
import type { RestoreResult } from "../../domain/restore";
import { attempt } from "../../lib/outcome";
import type { ActionHandler, Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml } from "../documents";
import { requireDatastore, requireImage } from "../require";
import { usersOfImage } from "../vm/images";
import { makeDisks, removeDisks } from "../vm/place";
import { attachCopy } from "./attach-copy";
import { copyToImage } from "./copy-image";
import { createRestoreCounter, type RestoreCounter } from "./counter";
import { listDisks } from "./list-disks";
import { recordRestore, registerRestored } from "./record";
import { RestoreInput } from "./request";

const CLEAN_UP_MS = 10 * 60_000;

/**
 * Restore points to images, then template and VM: every image is complete before anything else appears, and a failure or
 * a cancel removes all of it again. Stored files are only read.
 */
export const restoreHandler: ActionHandler<RestoreResult> = {
  async work(run) {
    const input = RestoreInput.parse(run.action.input);
    await run.progress.phase("preparing");
    const urls = await run.step("list", () => listDisks(run, { ...input, imageId: input.request.imageId }));
    await run.progress.phase("restoring");
    const counter = createRestoreCounter(run.progress, input.images);
    for (const image of input.images) {
      const url = urls[String(image.diskId)];
      if (url === undefined) throw appError("RESTORE_DISK_MISSING", { diskId: image.diskId });
      await run.step(`copy-${image.diskId}`, () => copyDisk(run, image, url, counter));
      counter.finished(image.diskId);
    }
    await run.progress.phase("registering");
    await run.step("register", () => registerRestored(run, input));
    if (input.vmId !== null) {
      await run.progress.phase("instantiating");
      await makeDisks(run, input.vmId);
    }
    const imageIds = input.images.map((image) => image.imageId);
    const made: RestoreResult = { templateId: input.templateId, imageIds, vmId: input.vmId };
    const [imageId] = imageIds;
    const { attach } = input.request;
    return attach == null || imageId === undefined ? made : { ...made, attach: await attachCopy(run, imageId, attach) };
  },

  async cleanUp(run, worked) {
    if (worked.ok) return;
    const input = RestoreInput.parse(run.action.input);
    await run.progress.phase("cleaning");
    // Each has its own try: what cannot be removed must not keep the rest.
    const tryTo = async (name: string, remove: () => Promise<unknown>) => {
      const removed = await attempt(remove);
      if (!removed.ok) run.log.add("WARN", `clean-up of ${name}: ${reasonOf(removed.error)}`);
    };
    const { vmId } = input;
    if (vmId !== null) await tryTo("the VM's folder", () => removeDisks(run, vmId));
    for (const { imageId, diskId } of input.images) {
      await tryTo(`image ${imageId}`, () => run.step(`remove-${diskId}`, () => removeImage(run, imageId)));
    }
  },

  record: recordRestore,
};

async function copyDisk(
  run: Run,
  target: RestoreInput["images"][number],
  url: string,
  counter: RestoreCounter,
): Promise<null> {
  const sizeMb = await copyToImage(run, {
    imageId: target.imageId,
    path: url,
    backup: await backupDatastore(run),
    onProgress: (done, total) => counter.report(target.diskId, done, total),
  });
  run.log.add("INFO", `Disk ${target.diskId} is restored to image ${target.imageId}: a disk of ${sizeMb} MiB`);
  return null;
}

async function backupDatastore(run: Run) {
  const { request } = RestoreInput.parse(run.action.input);
  const backup = await requireImage(run.core.db, request.imageId);
  return await requireDatastore(run.core.db, backup.datastoreId);
}

/** Remove what a restore has copied. Also of an image without a source: a copy that was killed left a part of it. */
async function removeImage(run: Run, imageId: number): Promise<null> {
  const image = await run.core.db.image.findUnique({ where: { id: imageId } });
  const ownVmId = RestoreInput.parse(run.action.input).vmId;
  if (image === null || (await usersOfImage(run.core.db, imageId, ownVmId)).length > 0) return null;
  const datastore = await requireDatastore(run.core.db, image.datastoreId);
  await run.core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "rm",
    argv: [String(imageId)],
    document: driverDocument({ image: await imageXml(run.core.db, image), datastore: datastoreXml(datastore) }),
    signal: AbortSignal.timeout(CLEAN_UP_MS),
    onLog: run.log.add,
  });
  return null;
}
