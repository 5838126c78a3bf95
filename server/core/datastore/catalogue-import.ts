import { z } from "zod";
import { toJson } from "../../db/json";
import { type Tx, withTx } from "../../db/tx";
import { closed } from "../../domain/backup-config-merge";
import { CatalogueImport, type PlannedBackup, type PlannedPoint } from "../../domain/catalogue";
import { appError, reasonOf } from "../../domain/errors";
import { attempt } from "../../lib/outcome";
import { enqueue } from "../action/enqueue";
import type { ActionHandler, Run } from "../action/handler";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId, usedId } from "../ids";
import { freeBackupName } from "../image/free-name";
import { lockDatastore, lockImage, lockVm } from "../lock";
import { settleQuota } from "../quota/commands";
import { parseVm } from "../vm/rows";
import { importTarget, requireDescribe } from "./catalogue-plan";
import { readVmStore, type StoreOwner, type VmStore } from "./catalogue-read";
import { listRepository } from "./orphans";
import { requireNoneOf } from "./repository-runs";

const MIB = 1024 * 1024;
/** Whoever can write the repository chooses the numbers in it; ids end at 2^31. */
const MAX_STORED_ID = 1_000_000_000;
const Input = CatalogueImport;
type Input = CatalogueImport;

/**
 * Read backups of a plan into the catalogue. Each VM is read again by the run, so that what was reviewed and is no longer
 * so stays out.
 * @throws AppError ADMIN_ONLY, DESCRIBE_UNSUPPORTED, DATASTORE_BUSY while leftovers are removed or another import runs
 */
export async function requestCatalogueImport(ctx: Ctx, raw: CatalogueImport): Promise<{ actionId: number }> {
  requireAdmin(ctx.actor, "read a repository back into the catalogue");
  const input = Input.parse(raw);
  const { datastoreId } = input;
  await requireDescribe(ctx.core, datastoreId);
  return await withTx(ctx.core.db, async (tx) => {
    await lockDatastore(tx, datastoreId);
    await requireNoneOf(tx, datastoreId, ["orphan-remove", "catalogue-import"]);
    const actionId = await enqueue(tx, { kind: "catalogue-import", actor: ctx.actor, input, datastoreId });
    await writeAudit(tx, ctx.actor, {
      what: "catalogue-import",
      object: "datastore",
      objectId: datastoreId,
      result: "accepted",
      data: { actionId, backups: input.backups.map((each) => `${each.vmId}/${each.key}`) },
    });
    return { actionId };
  });
}

const Imported = z.object({
  imageIds: z.array(z.number()),
  points: z.number(),
  bytes: z.number(),
  kept: z.array(z.string()),
});
type Imported = z.infer<typeof Imported>;

/** VM by VM, one transaction a backup; what is in the catalogue already is left alone, so that a repeat does nothing. */
export const catalogueImportHandler: ActionHandler<Imported[]> = {
  async work(run) {
    const { backups } = Input.parse(run.action.input);
    await run.progress.phase("registering");
    const owners = ownersOf(backups);
    const imported: Imported[] = [];
    for (const [index, owner] of owners.entries()) {
      run.signal.throwIfAborted();
      imported.push(await run.step(`import-${owner.vmId}-${owner.jobId ?? "own"}`, () => importVm(run, owner)));
      run.progress.bytes(index + 1, owners.length);
    }
    return imported;
  },

  async cleanUp() {
    // What is read in stays, also after a failure: each backup is complete by itself.
  },

  async record(tx, run, worked) {
    const { datastoreId } = Input.parse(run.action.input);
    await appendEvent(tx, { topic: "datastore", objectId: datastoreId, type: "catalogue" });
    if (!worked.ok) return {};
    const kept = worked.value.flatMap((each) => each.kept);
    const imageIds = worked.value.flatMap((each) => each.imageIds);
    const points = worked.value.reduce((sum, each) => sum + each.points, 0);
    await writeAudit(tx, run.action.actor, {
      what: "catalogue-import",
      object: "datastore",
      objectId: datastoreId,
      data: { actionId: run.action.id, imageIds, points, kept },
    });
    return {
      bytes: BigInt(worked.value.reduce((sum, each) => sum + each.bytes, 0)),
      result: { imageIds },
      warnings: kept,
    };
  },
};

function ownersOf(backups: Input["backups"]): StoreOwner[] {
  return [...new Map(backups.map(({ vmId, jobId }) => [`${vmId}/${jobId}`, { vmId, jobId }])).values()];
}

async function importVm(run: Run, owner: StoreOwner): Promise<Imported> {
  const { datastoreId, backups } = Input.parse(run.action.input);
  const { vmId, jobId } = owner;
  const wanted = backups.filter((each) => each.vmId === vmId && each.jobId === jobId).map((each) => each.key);
  const done: Imported = { imageIds: [], points: 0, bytes: 0, kept: [] };
  const keep = (key: string, why: string) => {
    const text = `Backup ${key} of VM ${vmId} was not read in: ${why}`;
    run.log.add("WARN", text);
    done.kept.push(text);
  };
  const datastore = await requireDescribe(run.core, datastoreId);
  const entries = await listRepository(run, datastoreId, run.signal);
  const options = { signal: run.signal, exceptRun: run.action.id };
  const read = await attempt(() => readVmStore(run.core, datastore, owner, entries, options));
  if (!read.ok) {
    if (run.signal.aborted) throw read.error;
    for (const key of wanted) keep(key, reasonOf(read.error));
    return done;
  }
  for (const key of wanted) {
    const planned = read.value.plan.backups.find((each) => each.key === key);
    if (planned === undefined) {
      const isKnown = await run.core.db.increment.count({ where: { source: key, image: { vmId } } });
      if (isKnown > 0) run.log.add("INFO", `Backup ${key} of VM ${vmId} is in the catalogue already`);
      else keep(key, read.value.plan.unusable.find((each) => each.backupId === key)?.reason ?? "it is not there.");
      continue;
    }
    const stored = await attempt(() => withTx(run.core.db, (tx) => store(tx, run, owner, read.value, planned)));
    if (!stored.ok) {
      keep(key, reasonOf(stored.error));
      continue;
    }
    run.log.add("INFO", `VM ${vmId}: ${planned.points.length} points read in as backup ${stored.value}`);
    done.imageIds.push(stored.value);
    done.points += planned.points.length;
    done.bytes += planned.bytes;
  }
  return done;
}

/** One backup with its points, the quota and the ids that are used now, in one transaction. */
async function store(tx: Tx, run: Run, owner: StoreOwner, read: VmStore, planned: PlannedBackup): Promise<number> {
  const { datastoreId } = Input.parse(run.action.input);
  const { vmId, jobId } = owner;
  await lockVm(tx, vmId);
  if (planned.imageId !== null) await lockImage(tx, planned.imageId);
  const sources = planned.points.map((point) => point.backupId);
  const taken = await tx.increment.count({ where: { source: { in: sources }, image: { vmId } } });
  if (taken > 0) throw appError("INVALID_INPUT", { message: "It came into the catalogue meanwhile. Look again." });
  if (Math.max(vmId, jobId ?? 0) > MAX_STORED_ID) {
    throw appError("INVALID_INPUT", { message: "Its number is so large that no numbers would be left for new VMs." });
  }
  // A new VM or job must never get a number that has files in a repository.
  await usedId(tx, "vm", vmId);
  if (jobId !== null) await usedId(tx, "job", jobId);
  const imageId = planned.imageId === null ? await createImage(tx, run, owner, read, planned) : planned.imageId;
  if (planned.imageId !== null) await requireEnd(tx, vmId, planned.imageId, planned.points[0]);
  for (const point of planned.points) await addPoint(tx, imageId, point, read);
  const { _sum } = await tx.increment.aggregate({ where: { imageId }, _sum: { sizeMb: true } });
  const image = await tx.image.update({ where: { id: imageId }, data: { sizeMb: _sum.sizeMb ?? 0 } });
  // Stored already: no limit can refuse it.
  const sizeMb = planned.points.reduce((sum, point) => sum + mib(point.bytes), 0);
  const images = planned.imageId === null ? 1 : 0;
  const nothing = { owner: image, sizeMb: 0, images: 0 };
  await settleQuota(tx, datastoreId, nothing, { owner: image, sizeMb, images });
  await appendEvent(tx, { topic: "image", objectId: imageId, type: "increment" });
  return imageId;
}

async function createImage(
  tx: Tx,
  run: Run,
  { vmId, jobId }: StoreOwner,
  read: VmStore,
  planned: PlannedBackup,
): Promise<number> {
  const { datastoreId } = Input.parse(run.action.input);
  const { owner, vmName } = await importTarget(tx, run.action.actor, vmId, read.newest);
  const [first] = planned.points;
  const last = planned.points.at(-1);
  const id = await nextId(tx, "image");
  const at = first?.at ?? run.core.clock.now();
  await tx.image.create({
    data: {
      id,
      uid: owner.uid,
      gid: owner.gid,
      name: await freeBackupName(tx, { uid: owner.uid, vmId }, at, run.core.config.zone),
      type: "BACKUP",
      persistent: true,
      source: first?.backupId ?? "",
      format: "raw",
      state: "READY",
      datastoreId,
      vmId,
      vmName,
      backupJobId: jobId,
      isChain: planned.isChain,
      backupDisks: first?.diskIds ?? [],
      selectedOnly: planned.isSelected,
      registeredAt: new Date(at),
      modifiedAt: new Date(last?.at ?? at),
    },
  });
  return id;
}

/** The points must still go on from the chain's end. Its disks have gone on since, so the next backup is a full one. */
async function requireEnd(tx: Tx, vmId: number, imageId: number, first: PlannedPoint | undefined): Promise<void> {
  const image = await tx.image.findUnique({ where: { id: imageId }, select: { state: true } });
  const end = await tx.increment.findFirst({ where: { imageId }, orderBy: { id: "desc" }, select: { id: true } });
  const row = await tx.vm.findUnique({ where: { id: vmId } });
  const isBusy = row !== null && /^BACKUP/.test(row.state);
  if (image?.state !== "READY" || end?.id !== first?.parentId || isBusy) {
    throw appError("INVALID_INPUT", {
      message: `Backup ${imageId}, to which it belongs, has changed meanwhile. Look again.`,
    });
  }
  if (row === null) return;
  const { backupConfig } = parseVm(row);
  if (backupConfig.incrementalBackupId !== imageId) return;
  const pointers = closed("points of the chain were read in from the repository");
  await tx.vm.update({ where: { id: vmId }, data: { backupConfig: { ...backupConfig, ...pointers } } });
  await appendEvent(tx, { topic: "vm", objectId: vmId, type: "backup-config" });
}

async function addPoint(tx: Tx, imageId: number, point: PlannedPoint, read: VmStore): Promise<void> {
  const described = read.points.get(point.backupId);
  if (described === undefined) throw appError("INTERNAL", { message: `Point ${point.backupId} is not described.` });
  await tx.increment.create({
    data: {
      imageId,
      id: point.incrementId,
      parentId: point.parentId,
      type: point.type,
      source: point.backupId,
      sizeMb: mib(point.bytes),
      storedBytes: BigInt(point.bytes),
      at: new Date(point.at),
      // Checksums that lie beside the files say nothing until the files were read and compared.
      verification: "unverified",
      verificationNote: point.hasChecksums
        ? "Read in from the repository. Its files were not compared with their checksums yet."
        : "Read in from the repository, which holds no checksum of it.",
      ...(described.manifest === null ? {} : { manifest: toJson(described.manifest) }),
      diskIds: point.diskIds,
      guestBytes: BigInt(point.guestBytes),
      vmDocument: described.vmXml,
      broken: point.broken,
    },
  });
}

function mib(bytes: number): number {
  return Math.ceil(bytes / MIB);
}
