import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Prisma } from "../../db/client";
import { type Tx, withTx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { BackupRequest } from "../../domain/backup";
import { closeIfOpen } from "../../domain/backup-config-merge";
import { appError } from "../../domain/errors";
import { effectiveDisks, estimateMb, readDisks } from "../../domain/vm-disks";
import { enqueue } from "../action/enqueue";
import { requireRight } from "../authorize";
import type { Ctx } from "../context";
import { readAvailableMb } from "../datastore/capacity";
import { lockDatastore, lockVm } from "../lock";
import { changeQuota, type QuotaOwner } from "../quota/commands";
import { transitionVm } from "../transition";
import { type ParsedVm, parseVm } from "../vm/rows";
import { requireVmOperation } from "../vm-operations";

/** What the run needs to know of its request; stored as the action's input. */
export const BackupInput = BackupRequest.extend({
  datastoreId: z.number().int(),
  /** Reserved in the quota, to be settled at the end. */
  estimateMb: z.number().int(),
  reservedImages: z.number().int(),
  /** From whom it was reserved; null in rows of an older version: from the owner of the VM. */
  owner: z.object({ uid: z.number().int(), gid: z.number().int() }).nullable().default(null),
  /** Names the folder in the repository; chosen once, so that a repeated upload finds what it stored. */
  backupId: z.string(),
});
export type BackupInput = z.infer<typeof BackupInput>;

/**
 * Back up one VM now: the checks of one.vm.backup in the reference's order (jobs-api-cli §4.4.1), then, in the same
 * transaction, the VM's state, the chain pointers of a reset, the quota and the queued action. Nothing is left behind
 * when any of them refuses.
 */
export async function requestBackup(ctx: Ctx, raw: BackupRequest): Promise<{ actionId: number }> {
  const request = BackupRequest.parse(raw);
  return await withTx(ctx.core.db, (tx) => admitBackup(tx, ctx.actor, request));
}

/** What asked for a backup, when nobody pressed a button: it needs MANAGE of the VM where a person needs ADMIN. */
export interface BackupOrigin {
  job?: { jobId: number; runId: number | null };
  schedule?: { scheduleId: number; slot: bigint };
}

/** The same inside the transaction of a job or a schedule, with the rights of its owner. */
export async function admitBackup(
  tx: Tx,
  actor: Actor,
  request: BackupRequest,
  origin: BackupOrigin = {},
): Promise<{ actionId: number }> {
  await lockVm(tx, request.vmId);
  const row = await tx.vm.findUnique({ where: { id: request.vmId } });
  if (row === null || row.state === "DONE") throw appError("NOT_FOUND", { object: "VM", id: request.vmId });
  const vm = parseVm(row);
  const { backupConfig: config } = vm;
  if (config.backupJobId !== null && config.backupJobId !== origin.job?.jobId) {
    throw appError("VM_IN_BACKUP_JOB", { vmId: vm.id, jobId: config.backupJobId });
  }
  if (readDisks(vm.template).some((disk) => disk.type === "FILESYSTEM")) throw appError("VM_FILESYSTEM_DISK");

  const continues = config.mode === "INCREMENT" && !request.reset && config.lastIncrementId !== -1;
  const datastore = await chooseDatastore(tx, vm, continues ? null : request.datastoreId);
  const estimate = estimateMb(vm.template, config);
  await checkCapacity(tx, datastore, estimate);
  const isAsked = origin.job === undefined && origin.schedule === undefined;
  await requireVmOperation(tx, actor, isAsked ? "backup" : "sched-action", vm, { ignoreLock: !isAsked });
  requireRight(actor, "USE", datastore, { object: "datastore", id: datastore.id });
  if (!effectiveDisks(vm.template, config).some((disk) => disk.isIncluded))
    throw appError("VM_NO_DISKS", { vmId: vm.id });

  const reservedImages = continues ? 0 : 1;
  const owner = await holderOf(tx, vm, continues);
  await changeQuota(tx, owner, datastore.id, { sizeMb: estimate, images: reservedImages });
  if (config.activeFlatten) throw appError("VM_IMAGE_BUSY", { vmId: vm.id });
  const closed = request.reset ? closeIfOpen(config, "a new chain was asked for") : {};
  await transitionVm(tx, vm, "backup", { backupConfig: { ...config, ...closed, lastDatastoreId: datastore.id } });
  const input: BackupInput = {
    ...request,
    datastoreId: datastore.id,
    estimateMb: estimate,
    reservedImages,
    owner,
    backupId: randomBytes(12).toString("hex"),
  };
  const actionId = await enqueue(tx, {
    kind: "backup",
    actor,
    input,
    origin,
    vmId: vm.id,
    vmName: vm.name,
    datastoreId: datastore.id,
    hostId: vm.hostId,
  });
  return { actionId };
}

/** Whose quota the backup will count against: the owner of the open chain's image, else of the VM. */
async function holderOf(tx: Tx, vm: ParsedVm, continues: boolean): Promise<QuotaOwner> {
  const id = continues ? vm.backupConfig.incrementalBackupId : -1;
  const image = await tx.image.findUnique({ where: { id }, select: { uid: true, gid: true } });
  return image ?? { uid: vm.uid, gid: vm.gid };
}

/** The datastore of the open chain when it goes on, else the given one. */
async function chooseDatastore(tx: Tx, vm: ParsedVm, datastoreId: number | null) {
  const { mode, incrementalBackupId, lastIncrementId } = vm.backupConfig;
  let id = datastoreId;
  if (id === null && mode === "INCREMENT" && lastIncrementId !== -1) {
    const chain = await tx.image.findUnique({
      where: { id: incrementalBackupId },
      select: { datastoreId: true, state: true },
    });
    if (chain === null) throw appError("CHAIN_IMAGE_GONE", { imageId: incrementalBackupId });
    if (chain.state !== "READY") {
      throw appError("IMAGE_WRONG_STATE", {
        imageId: incrementalBackupId,
        state: chain.state,
        event: "add an increment",
      });
    }
    id = chain.datastoreId;
  }
  if (id === null) throw appError("NO_DATASTORE");
  await lockDatastore(tx, id);
  const datastore = await tx.datastore.findUnique({ where: { id } });
  if (datastore === null) throw appError("NOT_FOUND", { object: "datastore", id });
  if (datastore.type !== "BACKUP") throw appError("NOT_BACKUP_DATASTORE", { datastoreId: id });
  return datastore;
}

async function checkCapacity(tx: Tx, datastore: Prisma.DatastoreModel, needMb: number): Promise<void> {
  const freeMb = await readAvailableMb(tx, datastore);
  if (freeMb !== null && freeMb < needMb) {
    throw appError("DATASTORE_FULL", { datastoreId: datastore.id, needMb, freeMb });
  }
}
