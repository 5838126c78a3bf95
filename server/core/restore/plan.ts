import type { Prisma } from "../../db/client";
import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { Manifest, type Verification } from "../../domain/backup";
import type { DatastoreType } from "../../domain/datastore";
import { appError } from "../../domain/errors";
import { mayByPermissions } from "../../domain/permissions";
import type { RestorePlan, RestoreRequest } from "../../domain/restore";
import { planPoint, planRestore } from "../../domain/restore-plan";
import { type ParsedVmDocument, parseVmDocument } from "../../lib/xml/vm-document";
import { requireRight } from "../authorize";

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
  manifest: true,
} as const satisfies Prisma.IncrementSelect;

/**
 * The facts of a restore, read in one go, and the pure plan over them. The wizard shows it; `request.ts` makes it again
 * in the transaction that starts it, so that what starts is what the rights and names of that moment allow.
 */
export async function planFor(db: Db, actor: Actor, request: RestoreRequest): Promise<PlannedRestore> {
  const image = await db.image.findUnique({
    where: { id: request.imageId },
    include: { increments: { orderBy: { id: "asc" }, select: POINT_SELECT } },
  });
  if (image === null) throw appError("NOT_FOUND", { object: "backup", id: request.imageId });
  requireRight(actor, "USE", image, { object: "backup", id: image.id });
  if (image.type !== "BACKUP" || image.vmId === null) throw appError("NOT_BACKUP_IMAGE");
  if (image.state !== "READY")
    throw appError("IMAGE_WRONG_STATE", { imageId: image.id, state: image.state, event: "restore" });
  const datastore = await db.datastore.findUnique({ where: { id: request.datastoreId } });
  if (datastore === null) throw appError("NOT_FOUND", { object: "datastore", id: request.datastoreId });

  const points = image.increments.map((increment) => ({
    incrementId: increment.id,
    parentId: increment.parentId,
    type: increment.type === "FULL" ? ("FULL" as const) : ("INCREMENT" as const),
    at: increment.at.getTime(),
    source: increment.source,
    verification: increment.verification as Verification, // written only by the core
    diskIds: increment.diskIds,
    broken: increment.broken,
    manifest: increment.manifest === null ? null : Manifest.parse(increment.manifest),
  }));
  const chosen = planPoint({ imageId: image.id, points }, request.incrementId);
  // One after the other, here and below: `db` may be a transaction, which is one connection.
  const { vmDocument } = await db.increment.findUniqueOrThrow({
    where: { imageId_id: { imageId: image.id, id: chosen.incrementId } },
    select: { vmDocument: true },
  });
  const document = parseVmDocument(vmDocument);
  const original = await db.vm.findUnique({ where: { id: image.vmId }, select: { state: true } });
  const system =
    request.instantiate === null
      ? null
      : await db.datastore.findUnique({ where: { id: request.instantiate.systemDatastoreId } });
  const takenNames = await readTakenNames(db, actor);
  const plan = planRestore({
    request: { ...request, incrementId: chosen.incrementId },
    chain: { imageId: image.id, vmId: image.vmId, vmName: image.vmName ?? document.name, points },
    vmDocument: document,
    selectedDisksOnly: image.selectedOnly,
    datastore: { ...datastore, type: datastore.type as DatastoreType }, // written only by the core
    system,
    takenNames,
    aliveOriginal: original !== null && original.state !== "DONE",
    may: {
      useImage: true,
      useDatastore: mayByPermissions(actor, datastore, "USE"),
      instantiate: system !== null && system.type === "SYSTEM" && mayByPermissions(actor, system, "USE"),
    },
  });
  return { plan, document, vmDocument };
}

async function readTakenNames(db: Db, actor: Actor) {
  const own = { uid: actor.userId };
  const images = await db.image.findMany({ where: { ...own, type: { not: "BACKUP" } }, select: { name: true } });
  const templates = await db.vmTemplate.findMany({ where: own, select: { name: true } });
  const vms = await db.vm.findMany({ where: { ...own, state: { not: "DONE" } }, select: { name: true } });
  const names = (rows: { name: string }[]) => new Set(rows.map((row) => row.name));
  return { images: names(images), templates: names(templates), vms: names(vms) };
}
