import { z } from "zod";
import { appError, reasonOf } from "../../domain/errors";
import type { RestoreResult } from "../../domain/restore";
import { attempt } from "../../lib/outcome";
import { parseCopyAnswer, parseSizeAnswer } from "../../lib/wire";
import type { ActionHandler, Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml, statDocument } from "../documents";
import { requireDatastore, requireImage } from "../require";
import { usersOfImage } from "../vm/images";
import { makeDisks, removeDisks } from "../vm/place";
import { createRestoreCounter, type RestoreCounter } from "./counter";
import { recordRestore, registerRestored } from "./record";
import { RestoreInput } from "./request";

const CLEAN_UP_MS = 10 * 60_000;
const Urls = z.record(z.string().regex(/^\d{1,6}$|^tpm$/), z.string().max(65_536));

/**
 * Restore points to images, then template and VM: every image is complete before anything else appears, and a failure or
 * a cancel removes all of it again. Stored files are only read.
 */
export const restoreHandler: ActionHandler<RestoreResult> = {
  async work(run) {
    const input = RestoreInput.parse(run.action.input);
    await run.progress.phase("preparing");
    const urls = await run.step("list", () => listDisks(run, input));
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
    return { templateId: input.templateId, imageIds: input.images.map((image) => image.imageId), vmId: input.vmId };
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

/** Disk id → pseudo-URL of its chain up to the increment, from the driver that stored it. */
async function listDisks(run: Run, input: RestoreInput): Promise<Record<string, string>> {
  const { db } = run.core;
  const backup = await requireImage(db, input.request.imageId);
  const datastore = await requireDatastore(db, backup.datastoreId);
  const upTo = backup.isChain ? input.incrementId : -1;
  const { stdout } = await run.core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "ls",
    argv: ["-i", String(upTo)],
    document: driverDocument({
      datastore: datastoreXml(datastore),
      vm: input.vmDocument,
      image: await imageXml(db, backup),
    }),
    signal: run.signal,
    onLog: run.log.add,
  });
  return Urls.parse(JSON.parse(stdout));
}

async function copyDisk(
  run: Run,
  target: RestoreInput["images"][number],
  url: string,
  counter: RestoreCounter,
): Promise<null> {
  const { db, drivers } = run.core;
  const image = await db.image.update({ where: { id: target.imageId }, data: { path: url } });
  const destination = await requireDatastore(db, image.datastoreId);
  const backup = await backupDatastore(run);
  const common = { family: "datastore", driver: destination.dsMad, signal: run.signal, onLog: run.log.add } as const;
  const stat = await drivers.call({
    ...common,
    action: "stat",
    argv: [String(run.action.id)],
    document: statDocument(url, datastoreXml(backup)),
  });
  const sizeMb = parseSizeAnswer(stat.stdout);
  if (sizeMb === null) throw answerError(destination.dsMad, "stat", stat.stdout);
  const copy = await drivers.call({
    ...common,
    action: "cp",
    argv: [String(image.id)],
    document: driverDocument({
      image: await imageXml(db, image),
      datastore: datastoreXml(destination),
      extraDatastore: datastoreXml(backup),
    }),
    onProgress: (done, total) => counter.report(target.diskId, done, total),
  });
  const answer = parseCopyAnswer(copy.stdout);
  if (answer === null) throw answerError(destination.dsMad, "cp", copy.stdout);
  await db.image.update({ where: { id: image.id }, data: { source: answer.source, format: answer.format, sizeMb } });
  run.log.add("INFO", `Disk ${target.diskId} is restored to image ${image.id}: a disk of ${sizeMb} MiB`);
  return null;
}

function answerError(driver: string, action: string, stdout: string) {
  return appError("DRIVER_ANSWER", { path: `datastore/${driver}/${action}`, answer: stdout.slice(0, 200) });
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
