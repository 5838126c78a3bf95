import { z } from "zod";
import type { Tx } from "../../db/tx";
import { BACKUP_STATES, type VmState } from "../../domain/states";
import { lockChain } from "../chain-lock";
import type { Core } from "../core";
import { appendEvent } from "../event/append";
import { lockImage, lockVm } from "../lock";
import { planOf, readRetention } from "../retention/history";
import { transitionImage } from "../transition";
import { parseVm } from "../vm/rows";
import { planMergeTo } from "./request";

/** `keep`: points that somebody asked to be left; null: as the settings of the VM say. */
const FlattenInput = z.object({ keep: z.number().int().min(1).nullable().default(null) });

/**
 * In the transaction that starts an action: for a merge, take the chain for itself. The points that go are marked, so that
 * nobody starts a restore of them, the image is LOCKED and the VM has ACTIVE_FLATTEN.
 * @returns false when it has to wait after all: somebody came between the plan and this transaction
 */
export async function beginFlatten(tx: Tx, core: Core, actionId: number): Promise<boolean> {
  const action = await tx.action.findUnique({
    where: { id: actionId },
    select: { kind: true, vmId: true, imageId: true, input: true },
  });
  if (action?.kind !== "increment-flatten" || action.imageId === null) return true;
  if (action.vmId !== null) await lockVm(tx, action.vmId);
  if ((await lockChain(tx, action.imageId)) !== null) return false;
  const row = action.vmId === null ? null : await tx.vm.findUnique({ where: { id: action.vmId } });
  if (row === null || row.state === "DONE") return true; // the run finds nothing to do
  const vm = parseVm(row);
  if (BACKUP_STATES.includes(vm.state as VmState)) return false;
  const image = await tx.image.findUnique({ where: { id: action.imageId }, select: { id: true, state: true } });
  if (image === null || image.state !== "READY") return true;
  // Pins and settings may have changed since it was queued: what holds now decides.
  const history = (await readRetention(tx, [vm.id])).get(vm.id);
  if (history === undefined) return true;
  const at = { zone: core.config.zone, now: core.clock.now() };
  const { keep } = FlattenInput.parse(action.input);
  const merge =
    keep === null
      ? planOf(history, at.zone, at.now).merges.find((one) => one.imageId === image.id)
      : planMergeTo(history, image.id, keep, at).merge;
  if (merge == null) return true;
  await tx.increment.updateMany({
    where: { imageId: image.id, id: { in: merge.merged }, expiredAt: null },
    data: { expiredAt: new Date(core.clock.now()) },
  });
  await transitionImage(tx, image, "flatten", { error: null });
  await tx.vm.update({ where: { id: vm.id }, data: { backupConfig: { ...vm.backupConfig, activeFlatten: true } } });
  await appendEvent(tx, { topic: "vm", objectId: vm.id, type: "flatten" });
  return true;
}

/** Give the chain back, whatever came of the merge; `error` is shown on the image, null when it went well. Repeatable. */
export async function endFlatten(tx: Tx, imageId: number | null, error: string | null): Promise<void> {
  if (imageId === null) return;
  const found = await tx.image.findUnique({ where: { id: imageId }, select: { vmId: true } });
  if (found === null) return;
  if (found.vmId !== null) await lockVm(tx, found.vmId);
  await lockImage(tx, imageId);
  const image = await tx.image.findUniqueOrThrow({ where: { id: imageId }, select: { id: true, state: true } });
  if (image.state === "LOCKED") await transitionImage(tx, image, "flatten.end", { error });
  const row = found.vmId === null ? null : await tx.vm.findUnique({ where: { id: found.vmId } });
  if (row === null) return;
  const vm = parseVm(row);
  if (!vm.backupConfig.activeFlatten) return;
  await tx.vm.update({ where: { id: vm.id }, data: { backupConfig: { ...vm.backupConfig, activeFlatten: false } } });
  await appendEvent(tx, { topic: "vm", objectId: vm.id, type: "flatten" });
}
