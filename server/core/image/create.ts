import { z } from "zod";
import type { Prisma } from "../../db/client";
import { type Db, withTx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { isBackupUrl, parseBackupUrlParts } from "../../domain/backup-url";
import { chainUpTo, validateChain } from "../../domain/chain";
import { AbsolutePath } from "../../domain/datastore";
import { appError } from "../../domain/errors";
import { ImageCreateRequest } from "../../domain/image-create";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import { parseSizeAnswer } from "../../lib/wire";
import { enqueue } from "../action/enqueue";
import { authorizeDatastore } from "../authorize";
import type { Ctx } from "../context";
import { datastoreXml, statDocument } from "../documents";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { lockDatastore, lockImage } from "../lock";
import { changeQuota } from "../quota/commands";
import { readBackup } from "../restore/plan";

const MIB = 1024 * 1024;
const STAT_MS = 90_000;

const BackupDisk = z.object({ imageId: z.number().int(), incrementId: z.number().int(), diskId: z.number().int() });

/** What the run needs. */
export const ImageCreateInput = z.object({
  newImageId: z.number().int(),
  /** A file of this machine; null: a disk of a backup. */
  path: z.string().nullable(),
  backup: BackupDisk.nullable(),
});
export type ImageCreateInput = z.infer<typeof ImageCreateInput>;

/**
 * Create an image from PATH. A URL of a backup needs USE of that backup and of its datastore, and must name a point that
 * is in the inventory; a file must be one that the image datastore allows (SAFE_DIRS). The image is LOCKED until its
 * data is there.
 * @throws AppError PATH_REFUSED, NOT_IMAGE_DATASTORE, DATASTORE_FULL, NAME_TAKEN, QUOTA_EXCEEDED and those of the rights
 */
export async function requestImageCreate(
  ctx: Ctx,
  raw: z.input<typeof ImageCreateRequest>,
): Promise<{ actionId: number; imageId: number }> {
  const asked = ImageCreateRequest.parse(raw);
  const { db } = ctx.core;
  const target = await authorizeDatastore(db, ctx.actor, "USE", asked.datastoreId);
  if (target.type !== "IMAGE") throw appError("NOT_IMAGE_DATASTORE");
  const fileSizeMb = isBackupUrl(asked.path) ? null : await statFile(ctx, asked.path, target);
  return await withTx(db, async (tx) => {
    const named = fileSizeMb === null ? await findBackupDisk(tx, ctx.actor, asked.path) : null;
    if (named !== null) {
      await lockImage(tx, named.imageId); // a deletion that begins now sees this run, or this run sees it
      await readBackup(tx, ctx.actor, named.imageId);
    }
    await lockDatastore(tx, target.id);
    const sizeMb = named?.sizeMb ?? fileSizeMb ?? 0;
    if (target.monitoredAt !== null && sizeMb > target.freeMb) {
      throw appError("DATASTORE_FULL", { datastoreId: target.id, needMb: sizeMb, freeMb: target.freeMb });
    }
    const owner = { uid: ctx.actor.userId, gid: ctx.actor.groupIds[0] ?? 0 };
    const taken = await tx.image.findFirst({
      where: { uid: owner.uid, type: asked.type, name: asked.name },
      select: { id: true },
    });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "image", name: asked.name });
    const newImageId = await nextId(tx, "image");
    await tx.image.create({
      data: {
        ...owner,
        id: newImageId,
        name: asked.name,
        permissions: DEFAULT_PERMISSIONS,
        type: asked.type,
        persistent: asked.persistent,
        path: asked.path,
        // Empty: the driver looks at the file.
        format: asked.format ?? (named === null ? "" : "qcow2"),
        sizeMb,
        state: "LOCKED",
        datastoreId: target.id,
        registeredAt: new Date(ctx.core.clock.now()),
      },
    });
    await changeQuota(tx, owner, target.id, { sizeMb, images: 1 });
    await appendEvent(tx, { topic: "image", objectId: newImageId, type: "created" });
    const input: ImageCreateInput = {
      newImageId,
      path: named === null ? asked.path : null,
      backup: named === null ? null : { imageId: named.imageId, incrementId: named.incrementId, diskId: named.diskId },
    };
    const actionId = await enqueue(tx, {
      kind: "image-create",
      actor: ctx.actor,
      input,
      imageId: named?.imageId ?? newImageId,
      datastoreId: target.id,
    });
    return { actionId, imageId: newImageId };
  });
}

/** MiB of the disk in a file; the driver refuses files outside SAFE_DIRS. */
async function statFile(ctx: Ctx, path: string, target: Prisma.DatastoreModel): Promise<number> {
  if (!AbsolutePath.safeParse(path).success) {
    throw appError("PATH_REFUSED", {
      path: path.slice(0, 200),
      reason: "PATH is an absolute path of this machine, or the rsync:// or restic:// URL of a disk in a backup.",
    });
  }
  const { stdout } = await ctx.core.drivers.call({
    family: "datastore",
    driver: target.dsMad,
    action: "stat",
    argv: ["-1"],
    document: statDocument(path, datastoreXml(target)),
    signal: AbortSignal.timeout(STAT_MS),
  });
  const sizeMb = parseSizeAnswer(stdout);
  if (sizeMb === null)
    throw appError("DRIVER_ANSWER", { path: `datastore/${target.dsMad}/stat`, answer: stdout.slice(0, 200) });
  return sizeMb;
}

/** Which disk of which point of which backup a URL means. Nothing is said of backups that the actor may not use. */
async function findBackupDisk(db: Db, actor: Actor, url: string) {
  const refuse = (reason: string) => appError("PATH_REFUSED", { path: url.slice(0, 200), reason });
  const parts = parseBackupUrlParts(url);
  if (parts === null) throw refuse("This is not the URL of a disk in a backup.");
  const { scheme, datastoreId, chain, vmId, diskId } = parts;
  const datastore = await authorizeDatastore(db, actor, "USE", datastoreId);
  if (datastore.type !== "BACKUP" || datastore.dsMad !== scheme) {
    throw refuse(`Datastore ${datastoreId} is no backup datastore of the driver ${scheme}.`);
  }
  const unknown = refuse("There is no such backup there. Take the URL from the backup as it is now.");
  const last = chain.at(-1);
  const found = await db.increment.findFirst({
    where: { source: last?.source ?? "", image: { datastoreId, vmId, type: "BACKUP" } },
    select: { imageId: true, id: true },
  });
  if (found === null) throw unknown;
  const { points } = await readBackup(db, actor, found.imageId);
  const needed = chainUpTo(points, found.id);
  const isSame =
    needed.length === chain.length &&
    needed.every((point, index) => {
      const named = chain[index];
      // A backup of FULL mode has one point, which URLs call 0 whatever its id is.
      return named?.source === point.source && (needed.length === 1 || named.incrementId === point.incrementId);
    });
  if (!isSame) throw unknown;
  const point = needed.at(-1);
  if (point === undefined || !point.diskIds.includes(diskId)) throw appError("RESTORE_DISK_MISSING", { diskId });
  if (point.isExpired === true) throw refuse("The point is older than KEEP_LAST keeps. Take a later one");
  const gap = needed.find((each) => each.broken !== null)?.broken ?? validateChain(needed);
  if (gap !== null) throw refuse(`The point cannot be restored: ${gap}`);
  const bytes = point.manifest?.disks.find((disk) => disk.id === diskId)?.virtualSize ?? 0;
  return { imageId: found.imageId, incrementId: found.id, diskId, sizeMb: Math.ceil(bytes / MIB) };
}
