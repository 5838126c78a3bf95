import { type Tx, withTx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { isUefi, whyNotBootable } from "../../domain/boot-check";
import { chainUpTo } from "../../domain/chain";
import { appError } from "../../domain/errors";
import { vectors } from "../../domain/template";
import { BootCheckRequest, VerifyRequest } from "../../domain/verification";
import { findUefiFirmware, NO_UEFI_FIRMWARE } from "../../lib/uefi-firmware";
import { parseVmDocument } from "../../lib/xml/vm-document";
import { enqueue } from "../action/enqueue";
import { authorizeDatastore, authorizeImage, requireUnlocked } from "../authorize";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { lockImage } from "../lock";
import { requireDatastore } from "../require";
import { parseVm } from "../vm/rows";
import { bootCheckProblem } from "./boot-facts";

/**
 * Read the points of a backup again, up to `incrementId` or all. Whoever may restore it may also check it.
 * @throws AppError NOT_BACKUP_IMAGE, IMAGE_WRONG_STATE, INCREMENT_NOT_FOUND, VERIFY_RUNNING, VERIFY_UNSUPPORTED
 */
export async function requestVerify(ctx: Ctx, raw: VerifyRequest): Promise<{ actionId: number }> {
  const { imageId, incrementId } = VerifyRequest.parse(raw);
  await requireVerifyAction(ctx, imageId);
  return await withTx(ctx.core.db, async (tx) => {
    const image = await lockReadable(tx, ctx, imageId, "verify");
    const points = await pointsOf(tx, imageId);
    const last = points.at(-1);
    if (last === undefined) throw appError("INCREMENT_NOT_FOUND", { imageId, incrementId: incrementId ?? 0 });
    chainUpTo(points, incrementId ?? last.incrementId);
    const running = await runningVerify(tx, imageId);
    if (running !== null) throw appError("VERIFY_RUNNING", { imageId, actionId: running });
    return { actionId: await enqueueOn(tx, ctx, "verify", image, { imageId, incrementId }) };
  });
}

/** Check every backup of a datastore; those that cannot be checked now are left out. */
export async function requestVerifyDatastore(
  ctx: Ctx,
  datastoreId: number,
): Promise<{ actionIds: number[]; skipped: number }> {
  const datastore = await authorizeDatastore(ctx.core.db, ctx.actor, "MANAGE", datastoreId);
  if (datastore.type !== "BACKUP") throw appError("NOT_BACKUP_DATASTORE", { datastoreId });
  await requireDriverAction(ctx, datastore.dsMad);
  const images = await ctx.core.db.image.findMany({
    where: { datastoreId, type: "BACKUP", increments: { some: {} } },
    orderBy: { id: "asc" },
    select: { id: true },
  });
  const actionIds: number[] = [];
  for (const { id } of images) {
    const actionId = await enqueueIfFree(ctx, id, {});
    if (actionId !== null) actionIds.push(actionId);
  }
  return { actionIds, skipped: images.length - actionIds.length };
}

/** Queue the check of a whole backup that its datastore's policy asks for; null when it cannot be checked now. */
export async function enqueueScheduledVerify(core: Core, actor: Actor, imageId: number): Promise<number | null> {
  return await enqueueIfFree({ core, actor }, imageId, { isScheduled: true });
}

/** One transaction a backup: a thousand locks at once would hold up every backup into this datastore. */
async function enqueueIfFree(ctx: Ctx, id: number, mark: { isScheduled?: true }): Promise<number | null> {
  return await withTx(ctx.core.db, async (tx) => {
    await lockImage(tx, id);
    const image = await tx.image.findUnique({ where: { id } });
    if (image === null || (await whyBusy(tx, image)) !== null || (await runningVerify(tx, id)) !== null) return null;
    return await enqueueOn(tx, ctx, "verify", image, { imageId: id, incrementId: null, ...mark });
  });
}

/**
 * Start the disks of a point in a machine without a network and look for a sign of life.
 * @throws AppError BOOT_CHECK_IMPOSSIBLE with what is missing
 */
export async function requestBootCheck(ctx: Ctx, raw: BootCheckRequest): Promise<{ actionId: number }> {
  const { imageId, incrementId } = BootCheckRequest.parse(raw);
  const program = await bootCheckProblem(ctx.core);
  if (program !== null) throw appError("BOOT_CHECK_IMPOSSIBLE", { reason: program });
  return await withTx(ctx.core.db, async (tx) => {
    const image = await lockRestorable(tx, ctx, { imageId, incrementId }, "boot-check");
    const { vmDocument } = await tx.increment.findUniqueOrThrow({
      where: { imageId_id: { imageId, id: incrementId } },
      select: { vmDocument: true },
    });
    const os = vectors(parseVmDocument(vmDocument).template, "OS")[0] ?? {};
    const obstacle = whyNotBootable({ arch: os["ARCH"] ?? "" }) ?? (await uefiProblem(os["FIRMWARE"] ?? ""));
    if (obstacle !== null) throw appError("BOOT_CHECK_IMPOSSIBLE", { reason: obstacle });
    const running = await tx.action.findFirst({
      where: { kind: "boot-check", imageId, state: { in: ["PENDING", "RUNNING"] } },
      select: { id: true },
    });
    if (running !== null) throw appError("VERIFY_RUNNING", { imageId, actionId: running.id });
    return { actionId: await enqueueOn(tx, ctx, "boot-check", image, { imageId, incrementId }) };
  });
}

/**
 * The backup image, locked, of a point that can be copied and that the actor may restore.
 * @throws AppError BOOT_CHECK_IMPOSSIBLE with the reason, and what `lockReadable` throws
 */
export async function lockRestorable(
  tx: Tx,
  ctx: Ctx,
  { imageId, incrementId }: BootCheckRequest,
  event: string,
): Promise<ImageOf> {
  const image = await lockReadable(tx, ctx, imageId, event);
  const points = chainUpTo(await pointsOf(tx, imageId), incrementId);
  const broken = points.find((point) => point.broken !== null);
  if (broken !== undefined) {
    const reason = `Increment ${broken.incrementId} cannot be restored, so its disks cannot be read: ${broken.broken}`;
    throw appError("BOOT_CHECK_IMPOSSIBLE", { reason });
  }
  const { expiredAt } = await tx.increment.findUniqueOrThrow({
    where: { imageId_id: { imageId, id: incrementId } },
    select: { expiredAt: true },
  });
  if (expiredAt !== null)
    throw appError("BOOT_CHECK_IMPOSSIBLE", { reason: "The point is older than KEEP_LAST keeps." });
  return image;
}

type ImageOf = Awaited<ReturnType<typeof authorizeImage>>;

/** The backup image, locked so that a deletion or a merge that begins now sees this run, or this run sees it. */
async function lockReadable(tx: Tx, ctx: Ctx, imageId: number, event: string): Promise<ImageOf> {
  await lockImage(tx, imageId);
  const image = await authorizeImage(tx, ctx.actor, "USE", imageId);
  await requireUnlocked(tx, "USE", image, { object: "image", id: imageId });
  if (image.type !== "BACKUP") throw appError("NOT_BACKUP_IMAGE");
  if (image.state !== "READY") throw appError("IMAGE_WRONG_STATE", { imageId, state: image.state, event });
  if ((await whyBusy(tx, image)) !== null) throw appError("VM_IMAGE_BUSY", { vmId: image.vmId ?? -1 });
  return image;
}

async function uefiProblem(firmware: string): Promise<string | null> {
  return isUefi(firmware) && (await findUefiFirmware()) === null ? NO_UEFI_FIRMWARE : null;
}

/** Why nobody may read the files now; null when one may. */
async function whyBusy(tx: Tx, image: { id: number; state: string; vmId: number | null }): Promise<string | null> {
  if (image.state !== "READY") return image.state;
  const row = image.vmId === null ? null : await tx.vm.findUnique({ where: { id: image.vmId } });
  if (row === null || row.state === "DONE") return null;
  const { backupConfig } = parseVm(row);
  return backupConfig.activeFlatten && backupConfig.incrementalBackupId === image.id ? "flatten" : null;
}

async function pointsOf(tx: Tx, imageId: number) {
  const rows = await tx.increment.findMany({
    where: { imageId },
    orderBy: { id: "asc" },
    select: { id: true, parentId: true, type: true, broken: true },
  });
  return rows.map((row) => ({
    imageId,
    incrementId: row.id,
    parentId: row.parentId,
    type: row.type === "FULL" ? ("FULL" as const) : ("INCREMENT" as const),
    broken: row.broken,
  }));
}

async function runningVerify(tx: Tx, imageId: number): Promise<number | null> {
  const running = await tx.action.findFirst({
    where: { kind: "verify", imageId, state: { in: ["PENDING", "RUNNING"] } },
    select: { id: true },
  });
  return running?.id ?? null;
}

async function enqueueOn(
  tx: Tx,
  ctx: Ctx,
  kind: "verify" | "boot-check",
  image: ImageOf,
  input: { imageId: number; incrementId: number | null; isScheduled?: true },
): Promise<number> {
  return await enqueue(tx, {
    kind,
    actor: ctx.actor,
    input,
    vmId: image.vmId,
    vmName: image.vmName,
    imageId: image.id,
    datastoreId: image.datastoreId,
  });
}

async function requireVerifyAction(ctx: Ctx, imageId: number): Promise<void> {
  const image = await authorizeImage(ctx.core.db, ctx.actor, "USE", imageId);
  if (image.type !== "BACKUP") throw appError("NOT_BACKUP_IMAGE");
  await requireDriverAction(ctx, (await requireDatastore(ctx.core.db, image.datastoreId)).dsMad);
}

async function requireDriverAction(ctx: Ctx, driver: string): Promise<void> {
  if (!(await ctx.core.drivers.has({ family: "datastore", driver, action: "verify" }))) {
    throw appError("VERIFY_UNSUPPORTED", { driver });
  }
}
