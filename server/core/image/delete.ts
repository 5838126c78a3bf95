import { z } from "zod";
import { dropAfterDelete } from "../../domain/chain";
import { AppError, reasonOf } from "../../domain/errors";
import { attempt } from "../../lib/outcome";
import type { ActionHandler, Run } from "../action/handler";
import { refreshDatastore } from "../datastore/monitor";
import { datastoreXml, driverDocument, imageXml } from "../documents";
import { appendEvent } from "../event/append";
import { lockVm } from "../lock";
import { changeQuota } from "../quota/commands";
import { transitionImage } from "../transition";
import { parseVm } from "../vm/rows";

const Input = z.object({ imageId: z.number().int(), force: z.boolean().default(false) });

/** Why files stay behind; null when they are gone. */
type LeftBehind = string | null;

/**
 * Remove an image's data, then its row. When the driver fails the row stays, in ERROR, and can be deleted again; with
 * force it goes all the same, and what is left in the repository is told.
 */
export const imageDeleteHandler: ActionHandler<LeftBehind> = {
  async work(run) {
    await run.progress.phase("deleting");
    const { imageId, force } = Input.parse(run.action.input);
    const removed = await attempt(() => remove(run, imageId));
    if (removed.ok) return null;
    const isCancel = removed.error instanceof AppError && removed.error.code === "CANCELLED";
    if (!force || isCancel) throw removed.error;
    return reasonOf(removed.error);
  },

  async cleanUp(run, worked) {
    if (!worked.ok || run.action.datastoreId === null) return;
    const datastoreId = run.action.datastoreId;
    await run.step("monitor", async () => {
      await refreshDatastore(run.core, datastoreId, AbortSignal.timeout(60_000));
      return null;
    });
  },

  async record(tx, run, worked) {
    const { imageId } = Input.parse(run.action.input);
    const image = await tx.image.findUnique({ where: { id: imageId } });
    if (image === null) return {};
    if (!worked.ok) {
      await transitionImage(tx, image, "delete.failed", { error: reasonOf(worked.error) });
      return {};
    }
    if (image.vmId !== null) await lockVm(tx, image.vmId);
    const row = image.vmId === null ? null : await tx.vm.findUnique({ where: { id: image.vmId } });
    if (row !== null && row.state !== "DONE") {
      const vm = parseVm(row);
      await tx.vm.update({ where: { id: vm.id }, data: { backupConfig: dropAfterDelete(vm.backupConfig, imageId) } });
      await appendEvent(tx, { topic: "vm", objectId: vm.id, type: "backups" });
    }
    const warnings =
      worked.value === null ? [] : [`Its files may be left in datastore ${image.datastoreId}: ${worked.value}`];
    const { _sum } = await tx.increment.aggregate({ where: { imageId }, _sum: { storedBytes: true } });
    await tx.image.delete({ where: { id: imageId } });
    await changeQuota(tx, image, image.datastoreId, { sizeMb: -image.sizeMb, images: -1 });
    await appendEvent(tx, { topic: "image", objectId: imageId, type: "deleted" });
    return { bytes: _sum.storedBytes, warnings };
  },
};

async function remove(run: Run, imageId: number): Promise<null> {
  return await run.step("rm", async () => {
    const image = await run.core.db.image.findUnique({ where: { id: imageId } });
    if (image === null) return null;
    const datastore = await run.core.db.datastore.findUniqueOrThrow({ where: { id: image.datastoreId } });
    await run.core.drivers.call({
      family: "datastore",
      driver: datastore.dsMad,
      action: "rm",
      argv: [String(imageId)],
      document: driverDocument({ image: await imageXml(run.core.db, image), datastore: datastoreXml(datastore) }),
      signal: run.signal,
      onLog: run.log.add,
    });
    return null;
  });
}
