import { join } from "node:path";
import type { Db } from "../../../db/tx";
import type { Actor } from "../../../domain/actor";
import { appError } from "../../../domain/errors";
import type { InPlacePlan, InPlaceRequest } from "../../../domain/in-place";
import { type InPlaceInput, planInPlace } from "../../../domain/in-place-plan";
import { mayByPermissions } from "../../../domain/permissions";
import type { VmState } from "../../../domain/states";
import { effectiveDisks, estimateMb, readDisks } from "../../../domain/vm-disks";
import { authorizeVm } from "../../authorize";
import { readAvailableMb } from "../../datastore/capacity";
import { requireDatastore, requireHost } from "../../require";
import { type ParsedVm, parseVm } from "../../vm/rows";
import { allowedOperations } from "../../vm-operations";
import { readBackup } from "../plan";

const MIB = 1024 * 1024;

export interface PlannedInPlace {
  plan: InPlacePlan;
  vm: ParsedVm;
  /** Where the backup is. */
  datastoreId: number;
  /** Where the safety point goes; null: none is made. */
  safetyDatastoreId: number | null;
}

/**
 * The facts of an in-place restore and the pure plan over them; `request.ts` makes it again in the transaction that
 * starts it.
 */
export async function planInPlaceFor(db: Db, actor: Actor, request: InPlaceRequest): Promise<PlannedInPlace> {
  const vm = parseVm(await authorizeVm(db, actor, "USE", request.vmId));
  const { image, vmId, points } = await readBackup(db, actor, request.imageId);
  // One after the other: `db` may be a transaction, which is one connection.
  const host = await requireHost(db, vm.hostId);
  const system = await requireDatastore(db, vm.systemDatastoreId);
  const imageIds = readDisks(vm.template).flatMap((disk) => (disk.imageId === null ? [] : [disk.imageId]));
  const images = await db.image.findMany({ where: { id: { in: imageIds } }, select: { id: true, name: true } });
  const running = await db.action.findFirst({
    where: { kind: "restore-in-place", vmId: vm.id, state: { in: ["PENDING", "RUNNING"] } },
    select: { id: true },
  });
  if (running !== null) {
    throw appError("RESTORE_CONFLICT", {
      message: `Run ${running.id} restores this VM already. Wait for it, or cancel it.`,
    });
  }
  const rights = await allowedOperations(db, actor, ["restore"], vm);
  const safety = request.safetyPoint ? await planSafety(db, actor, vm, request, image.datastoreId) : null;
  const plan = planInPlace({
    request,
    vm: {
      id: vm.id,
      name: vm.name,
      state: vm.state as VmState, // written only by transitionVm
      template: vm.template,
      backupConfig: vm.backupConfig,
      diskSnapshots: vm.diskSnapshots,
      hostName: host.name,
      dir: join(system.basePath, String(vm.id)),
    },
    chain: { imageId: image.id, vmId, points },
    system: { name: system.name, freeMb: system.freeMb, isMeasured: system.monitoredAt !== null },
    imageNames: new Map(images.map((each) => [each.id, each.name])),
    safety: safety?.plan ?? null,
    may: { restoreVm: rights.restore.may, restoreRight: rights.restore.right },
  });
  return {
    plan: { ...plan, request: { ...request, incrementId: plan.incrementId } },
    vm,
    datastoreId: image.datastoreId,
    safetyDatastoreId: safety?.datastoreId ?? null,
  };
}

/**
 * Where a backup of the present state would go: into the open chain, else to the datastore that was asked for, else
 * beside the backup that is restored. The admission makes its own checks again; these say beforehand what it would say.
 */
async function planSafety(
  db: Db,
  actor: Actor,
  vm: ParsedVm,
  request: InPlaceRequest,
  fallbackId: number,
): Promise<{ plan: NonNullable<InPlaceInput["safety"]>; datastoreId: number }> {
  const config = vm.backupConfig;
  const isIncrement = config.mode === "INCREMENT" && config.lastIncrementId !== -1;
  const chain = isIncrement
    ? await db.image.findUnique({
        where: { id: config.incrementalBackupId },
        select: { datastoreId: true, state: true },
      })
    : null;
  const datastoreId = chain?.datastoreId ?? request.safetyDatastoreId ?? fallbackId;
  const refuse = (problem: string) => ({ plan: { problem }, datastoreId });
  if (isIncrement && chain?.state !== "READY") {
    return refuse(`Backup ${config.incrementalBackupId}, which holds the open chain, cannot take an increment now.`);
  }
  const datastore = await db.datastore.findUnique({ where: { id: datastoreId } });
  if (datastore === null || datastore.type !== "BACKUP")
    return refuse(`Datastore ${datastoreId} is no backup datastore.`);
  if (!mayByPermissions(actor, datastore, "USE")) return refuse(`You need the USE right on datastore ${datastoreId}.`);
  if (readDisks(vm.template).some((disk) => disk.type === "FILESYSTEM")) {
    return refuse("A VM with FILESYSTEM disks cannot be backed up.");
  }
  if (!effectiveDisks(vm.template, config).some((disk) => disk.isIncluded)) {
    return refuse("The backup settings leave out every disk.");
  }
  const needMb = estimateMb(vm.template, config);
  const freeMb = await readAvailableMb(db, datastore);
  if (freeMb !== null && freeMb < needMb) {
    return refuse(`${datastore.name} has ${freeMb} MiB left, and a backup may need ${needMb} MiB.`);
  }
  const plan = { problem: null, datastoreName: datastore.name, isIncrement, estimateBytes: needMb * MIB };
  return { plan, datastoreId };
}
