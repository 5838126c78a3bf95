import type { Tx } from "../../db/tx";
import { CLOSED } from "../../domain/backup-config-merge";
import type { Outcome } from "../../lib/outcome";
import type { Recorded, Run } from "../action/handler";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { freeBackupName } from "../image/free-name";
import { lockVm } from "../lock";
import { settleQuota } from "../quota/commands";
import { applyRetention } from "../retention/apply";
import { transitionVm } from "../transition";
import { type ParsedVm, parseVm } from "../vm/rows";
import { idleConfig } from "./idle-config";
import { BackupInput } from "./request";
import type { StoredBackup } from "./run";

/**
 * The outcome of a backup, in one transaction: the VM back in its state, image and increment, chain pointers, quota
 * settled (drivers-and-core §2.3 with the corrections of its §14). After a failure the pointers stay as they are: the
 * next try repeats the same increment.
 */
export async function recordBackup(tx: Tx, run: Run, worked: Outcome<StoredBackup>): Promise<Recorded> {
  const input = BackupInput.parse(run.action.input);
  await lockVm(tx, input.vmId);
  const vm = parseVm(await tx.vm.findUniqueOrThrow({ where: { id: input.vmId } }));
  const idle = idleConfig(vm.backupConfig);
  const reserved = { owner: input.owner ?? vm, sizeMb: input.estimateMb, images: input.reservedImages };
  if (!worked.ok) {
    await transitionVm(tx, vm, "backup.end", { backupConfig: idle });
    await settleQuota(tx, input.datastoreId, reserved, null);
    return {};
  }
  const stored = worked.value;
  const image = stored.job.imageId === null ? await createImage(tx, run, vm, stored) : { id: stored.job.imageId };
  await addIncrement(tx, run, image.id, stored);
  const pointers = stored.job.isChain
    ? { incrementalBackupId: image.id, lastIncrementId: stored.job.incrementId, closedReason: null }
    : CLOSED;
  await transitionVm(tx, vm, "backup.end", { backupConfig: { ...idle, ...pointers } });
  // Deleting the image gives back to its owner, so its owner has what it holds, whoever owns the VM now.
  const owner = await tx.image.findUniqueOrThrow({ where: { id: image.id }, select: { uid: true, gid: true } });
  const images = stored.job.imageId === null ? 1 : 0;
  await settleQuota(tx, input.datastoreId, reserved, { owner, sizeMb: stored.sizeMb, images });
  await appendEvent(tx, { topic: "image", objectId: image.id, type: "increment" });
  await applyRetention(tx, run, vm);
  const reset = stored.chainReset ?? stored.job.fullReason;
  return {
    imageId: image.id,
    bytes: BigInt(storedBytes(stored)),
    result: {
      imageId: image.id,
      incrementId: stored.job.incrementId,
      ...(reset === null ? {} : { chainReset: reset }),
      ...(stored.frozenMs === null ? {} : { frozenMs: stored.frozenMs }),
    },
    warnings: reset === null ? [] : [`A full backup in a new chain was taken: ${reset}`],
  };
}

function storedBytes({ manifest, sizeMb }: StoredBackup): number {
  return manifest === null ? sizeMb * 1024 * 1024 : manifest.disks.reduce((sum, disk) => sum + disk.bytes, 0);
}

async function createImage(tx: Tx, run: Run, vm: ParsedVm, stored: StoredBackup): Promise<{ id: number }> {
  const { job } = stored;
  const id = await nextId(tx, "image");
  await tx.image.create({
    data: {
      id,
      uid: vm.uid,
      gid: vm.gid,
      name: await freeBackupName(tx, { uid: vm.uid, vmId: vm.id }, job.at, run.core.config.zone),
      type: "BACKUP",
      persistent: true,
      source: stored.source,
      format: stored.format,
      state: "READY",
      datastoreId: job.datastoreId,
      vmId: vm.id,
      vmName: vm.name,
      backupJobId: vm.backupConfig.backupJobId,
      isChain: job.isChain,
      backupDisks: job.diskIds,
      selectedOnly: vm.backupConfig.diskIds.length > 0,
      registeredAt: new Date(run.core.clock.now()),
    },
  });
  return { id };
}

async function addIncrement(tx: Tx, run: Run, imageId: number, stored: StoredBackup): Promise<void> {
  const { job, manifest } = stored;
  await tx.increment.create({
    data: {
      imageId,
      id: job.incrementId,
      parentId: job.parentId,
      type: job.type,
      source: stored.source,
      sizeMb: stored.sizeMb,
      storedBytes: BigInt(storedBytes(stored)),
      at: new Date(job.at),
      actionId: run.action.id,
      verification: manifest === null ? "unverified" : "checksummed",
      ...(manifest === null ? {} : { manifest }),
      diskIds: job.diskIds,
      guestBytes: BigInt(
        manifest === null ? job.guestBytes : manifest.disks.reduce((sum, disk) => sum + disk.virtualSize, 0),
      ),
      vmDocument: job.vmDocument,
      frozenMs: stored.frozenMs,
    },
  });
  const { _sum } = await tx.increment.aggregate({ where: { imageId }, _sum: { sizeMb: true } });
  await tx.image.update({ where: { id: imageId }, data: { sizeMb: _sum.sizeMb ?? 0, modifiedAt: new Date(job.at) } });
}
