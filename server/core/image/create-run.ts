import { withTx } from "../../db/tx";
import { appError, reasonOf } from "../../domain/errors";
import type { ActionHandler, Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml } from "../documents";
import { changeQuota } from "../quota/commands";
import { requireDatastore, requireImage } from "../require";
import { copyToImage } from "../restore/copy-image";
import { listDisks } from "../restore/list-disks";
import { transitionImage } from "../transition";
import { ImageCreateInput } from "./create";

const CLEAN_UP_MS = 10 * 60_000;

/** Fill a LOCKED image: READY when its data is there, ERROR, with the reason, when it cannot be. */
export const imageCreateHandler: ActionHandler<null> = {
  async work(run) {
    const input = ImageCreateInput.parse(run.action.input);
    await run.progress.phase("restoring");
    await run.step("copy", () => copy(run, input));
    return null;
  },

  async cleanUp(run, worked) {
    if (worked.ok) return;
    const { newImageId } = ImageCreateInput.parse(run.action.input);
    await run.step("remove", () => removeData(run, newImageId));
  },

  async record(tx, run, worked) {
    const { newImageId } = ImageCreateInput.parse(run.action.input);
    const image = await tx.image.findUniqueOrThrow({ where: { id: newImageId } });
    if (!worked.ok) {
      await transitionImage(tx, image, "copy.failed", { error: reasonOf(worked.error), source: "" });
      return { result: { imageIds: [newImageId] } };
    }
    await transitionImage(tx, image, "copy.done", { error: null });
    return { result: { imageIds: [newImageId] }, bytes: BigInt(image.sizeMb) * 1024n * 1024n };
  },
};

async function copy(run: Run, input: ImageCreateInput): Promise<null> {
  const { db } = run.core;
  const before = await requireImage(db, input.newImageId);
  let path = input.path;
  let backup = null;
  if (input.backup !== null) {
    const { imageId, incrementId, diskId } = input.backup;
    backup = await requireDatastore(db, (await requireImage(db, imageId)).datastoreId);
    const { vmDocument } = await db.increment.findUniqueOrThrow({
      where: { imageId_id: { imageId, id: incrementId } },
      select: { vmDocument: true },
    });
    const urls = await listDisks(run, { imageId, incrementId, vmDocument });
    path = urls[String(diskId)] ?? null;
    if (path === null) throw appError("RESTORE_DISK_MISSING", { diskId });
  }
  if (path === null) throw appError("INVALID_INPUT", { message: "The image has no source." });
  const sizeMb = await copyToImage(run, { imageId: input.newImageId, path, backup, onProgress: run.progress.bytes });
  if (sizeMb !== before.sizeMb) {
    const change = { sizeMb: sizeMb - before.sizeMb, images: 0 };
    await withTx(db, (tx) => changeQuota(tx, before, before.datastoreId, change));
  }
  run.log.add("INFO", `Image ${input.newImageId} holds a disk of ${sizeMb} MiB`);
  return null;
}

/** Also of an image without a source: a copy that was killed left a part of it. */
async function removeData(run: Run, imageId: number): Promise<null> {
  const image = await requireImage(run.core.db, imageId);
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
