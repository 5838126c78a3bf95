import type { Tx } from "../../db/tx";
import { enqueue } from "../action/enqueue";
import type { Run } from "../action/handler";
import { lockChain } from "../chain-lock";
import { transitionImage } from "../transition";
import { planOf, readRetention } from "./history";

/**
 * Carry out retention after a backup, in the transaction that records it; the VM's row is held. Whole backups go at
 * once, each by its own run. A merge is only queued: it may have to wait for a restore, and until it begins every point
 * can be restored. What somebody reads is left to the next backup.
 */
export async function applyRetention(tx: Tx, run: Run, vm: { id: number; name: string }): Promise<void> {
  const history = (await readRetention(tx, [vm.id])).get(vm.id);
  if (history === undefined) return;
  const plan = planOf(history, run.core.config.zone, run.core.clock.now());
  for (const { imageId, reason } of plan.deletions) {
    if ((await lockChain(tx, imageId)) !== null) continue;
    const image = await tx.image.findUniqueOrThrow({
      where: { id: imageId },
      select: { id: true, state: true, datastoreId: true, lockLevel: true },
    });
    if (image.state !== "READY" || image.lockLevel > 0) continue;
    await transitionImage(tx, image, "delete");
    await enqueue(tx, { ...common(run, vm, image), kind: "image-delete", input: { imageId, reason } });
  }
  for (const { imageId } of plan.merges) {
    const queued = await tx.action.count({ where: { kind: "increment-flatten", imageId, state: "PENDING" } });
    if (queued > 0) continue;
    const image = await tx.image.findUniqueOrThrow({ where: { id: imageId }, select: { id: true, datastoreId: true } });
    await enqueue(tx, { ...common(run, vm, image), kind: "increment-flatten", input: { imageId } });
  }
}

function common(run: Run, vm: { id: number; name: string }, image: { id: number; datastoreId: number }) {
  return {
    actor: run.action.actor,
    vmId: vm.id,
    vmName: vm.name,
    imageId: image.id,
    datastoreId: image.datastoreId,
  };
}
