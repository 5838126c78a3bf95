import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { Manifest, type Verification } from "../../domain/backup";
import type { DatastoreType } from "../../domain/datastore";
import { appError } from "../../domain/errors";
import { mayByPermissions } from "../../domain/permissions";
import type { RestorePlan, RestoreRequest } from "../../domain/restore";
import { planPoint, planRestore } from "../../domain/restore-plan";
import type { PlanPoint } from "../../domain/restore-plan-input";
import { nextState, VM_TRANSITIONS, type VmState } from "../../domain/states";
import { type ParsedVmDocument, parseVmDocument } from "../../lib/xml/vm-document";
import { authorizeVm, requireRight, requireUnlocked } from "../authorize";
import { allowedOperations } from "../vm-operations";

/** A plan with what carrying it out needs on top. */
export interface PlannedRestore {
  plan: RestorePlan;
  document: ParsedVmDocument;
  /** The document as stored, for drivers. */
  vmDocument: string;
}

/** Of every point of the chain. Without its VM document: that one is read of the chosen point only. */
const POINT_SELECT = {
  id: true,
  parentId: true,
  type: true,
  at: true,
  source: true,
  verification: true,
  diskIds: true,
  broken: true,
  expiredAt: true,
  manifest: true,
} as const satisfies Prisma.IncrementSelect;

/**
 * The facts of a restore, read in one go, and the pure plan over them. The wizard shows it; `request.ts` makes it again
 * in the transaction that starts it, so that what starts is what the rights and names of that moment allow.
 */
export async function planFor(db: Db, actor: Actor, request: RestoreRequest): Promise<PlannedRestore> {
  const { image, vmId, points } = await readBackup(db, actor, request.imageId);
  const datastore = await db.datastore.findUnique({ where: { id: request.datastoreId } });
  if (datastore === null) throw appError("NOT_FOUND", { object: "datastore", id: request.datastoreId });

  const chosen = planPoint({ imageId: image.id, points }, request.incrementId);
  // One after the other, here and below: `db` may be a transaction, which is one connection.
  const { vmDocument } = await db.increment.findUniqueOrThrow({
    where: { imageId_id: { imageId: image.id, id: chosen.incrementId } },
    select: { vmDocument: true },
  });
  const document = parseVmDocument(vmDocument);
  const original = await db.vm.findUnique({ where: { id: vmId }, select: { state: true } });
  const system =
    request.instantiate === null
      ? null
      : await db.datastore.findUnique({ where: { id: request.instantiate.systemDatastoreId } });
  const attach = request.attach == null ? null : await readAttach(db, actor, request.attach.vmId);
  const takenNames = await readTakenNames(db, actor);
  const plan = planRestore({
    request: { ...request, incrementId: chosen.incrementId },
    chain: { imageId: image.id, vmId, vmName: image.vmName ?? document.name, points },
    vmDocument: document,
    selectedDisksOnly: image.selectedOnly,
    datastore: { ...datastore, type: datastore.type as DatastoreType }, // written only by the core
    system,
    takenNames,
    ...(attach === null ? {} : { attach }),
    aliveOriginal: original !== null && original.state !== "DONE",
    may: {
      useImage: true,
      useDatastore: mayByPermissions(actor, datastore, "USE"),
      instantiate: system !== null && system.type === "SYSTEM" && mayByPermissions(actor, system, "USE"),
    },
  });
  return { plan, document, vmDocument };
}

/**
 * A backup that the actor may read, with its points, oldest first.
 * @throws AppError NOT_FOUND, NOT_AUTHORIZED, NOT_BACKUP_IMAGE, IMAGE_WRONG_STATE
 */
export async function readBackup(db: Db, actor: Actor, imageId: number) {
  const image = await db.image.findUnique({
    where: { id: imageId },
    include: { increments: { orderBy: { id: "asc" }, select: POINT_SELECT } },
  });
  if (image === null) throw appError("NOT_FOUND", { object: "backup", id: imageId });
  requireRight(actor, "USE", image, { object: "backup", id: image.id });
  await requireUnlocked(db, "USE", image, { object: "backup", id: image.id });
  if (image.type !== "BACKUP" || image.vmId === null) throw appError("NOT_BACKUP_IMAGE");
  if (image.state !== "READY")
    throw appError("IMAGE_WRONG_STATE", { imageId: image.id, state: image.state, event: "restore" });
  const points: PlanPoint[] = image.increments.map((increment) => ({
    incrementId: increment.id,
    parentId: increment.parentId,
    type: increment.type === "FULL" ? "FULL" : "INCREMENT",
    at: increment.at.getTime(),
    source: increment.source,
    verification: increment.verification as Verification, // written only by the core
    diskIds: increment.diskIds,
    broken: increment.broken,
    isExpired: increment.expiredAt !== null,
    manifest: increment.manifest === null ? null : parseStored(Manifest, increment.manifest),
  }));
  return { image, vmId: image.vmId, points };
}

/** The VM that is to get the disk, and why it cannot have it now. */
async function readAttach(db: Db, actor: Actor, vmId: number) {
  const vm = await authorizeVm(db, actor, "USE", vmId);
  const { "disk-attach": rights } = await allowedOperations(db, actor, ["disk-attach"], vm);
  const state = vm.state as VmState; // written only by transitionVm
  const problem = !rights.may
    ? `You need the ${rights.right} right on VM ${vmId} to attach a disk. Its owner or an administrator can grant it.`
    : nextState(VM_TRANSITIONS, state, "attach") === null
      ? `VM ${vmId} is in state ${state}: no disk can be attached now. It must run or be powered off.`
      : null;
  return { vmId, vmName: vm.name, problem };
}

async function readTakenNames(db: Db, actor: Actor) {
  const own = { uid: actor.userId };
  const images = await db.image.findMany({ where: { ...own, type: { not: "BACKUP" } }, select: { name: true } });
  const templates = await db.vmTemplate.findMany({ where: own, select: { name: true } });
  const vms = await db.vm.findMany({ where: { ...own, state: { not: "DONE" } }, select: { name: true } });
  const names = (rows: { name: string }[]) => new Set(rows.map((row) => row.name));
  return { images: names(images), templates: names(templates), vms: names(vms) };
}
