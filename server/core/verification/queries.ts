import { appError } from "../../domain/errors";
import type { BootCheckView, BootVerdict } from "../../domain/verification";
import { authorizeDatastore, authorizeImage, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { bootCheckProblem } from "./boot-facts";

/** What of a backup can be checked, and why not. */
export interface CheckOptions {
  /** Why its points cannot be read again, null when they can. */
  verifyReason: string | null;
  /** Why its points cannot be booted, null when they can. */
  bootReason: string | null;
  /** Why two of its points cannot be compared, null when they can. */
  compareReason: string | null;
}

/** Why-not answers for the buttons of a backup; a point may have reasons of its own. */
export async function getCheckOptions(ctx: Ctx, imageId: number): Promise<CheckOptions> {
  const image = await authorizeImage(ctx.core.db, ctx.actor, "USE", imageId);
  if (image.type !== "BACKUP") throw appError("NOT_BACKUP_IMAGE");
  const [datastore, running, bootProblem] = await Promise.all([
    ctx.core.db.datastore.findUniqueOrThrow({ where: { id: image.datastoreId }, select: { dsMad: true } }),
    ctx.core.db.action.findMany({
      where: { imageId, kind: { in: ["verify", "boot-check"] }, state: { in: ["PENDING", "RUNNING"] } },
      select: { id: true, kind: true },
    }),
    bootCheckProblem(ctx.core),
  ]);
  const busy = image.state === "READY" ? null : `The backup is in state ${image.state}. Wait for what uses it.`;
  const runningReason = (kind: string) => {
    const run = running.find((each) => each.kind === kind);
    return run === undefined ? null : `Run ${run.id} is doing it already.`;
  };
  const driver = datastore.dsMad;
  const [canVerify, canCompare] = await Promise.all(
    ["verify", "changes"].map((action) => ctx.core.drivers.has({ family: "datastore", driver, action })),
  );
  return {
    verifyReason:
      busy ??
      runningReason("verify") ??
      (canVerify === true ? null : appError("VERIFY_UNSUPPORTED", { driver }).message),
    bootReason: busy ?? runningReason("boot-check") ?? bootProblem,
    compareReason: busy ?? (canCompare === true ? null : appError("COMPARE_UNSUPPORTED", { driver }).message),
  };
}

/** The last boot check of a point, null when there was none. */
export async function getBootCheck(ctx: Ctx, imageId: number, incrementId: number): Promise<BootCheckView | null> {
  await authorizeImage(ctx.core.db, ctx.actor, "USE", imageId);
  const rows = await ctx.core.db.$queryRaw<
    (Omit<BootCheckView, "at" | "verdict"> & { at: Date; verdict: string })[]
  >`SELECT "at", "actionId", "verdict", "detail", "console", "screenshot" IS NOT NULL AS "hasScreenshot",
      "restoreSeconds", "bootSeconds"
    FROM "BootCheck" WHERE "imageId" = ${imageId} AND "incrementId" = ${incrementId}`;
  const [row] = rows;
  if (row === undefined) return null;
  return { ...row, at: row.at.getTime(), verdict: row.verdict as BootVerdict }; // written only by the boot check
}

/** The picture of the last boot check of a point, a PNG. */
export async function readScreenshot(ctx: Ctx, imageId: number, incrementId: number): Promise<Uint8Array> {
  await authorizeImage(ctx.core.db, ctx.actor, "USE", imageId);
  const row = await ctx.core.db.bootCheck.findUnique({
    where: { imageId_incrementId: { imageId, incrementId } },
    select: { screenshot: true },
  });
  if (row === null || row.screenshot === null) {
    throw appError("NOT_FOUND", { object: "picture of point", id: `${imageId}.${incrementId}` });
  }
  return row.screenshot;
}

/** How far the points of a datastore are checked. */
export interface DatastoreChecks {
  verified: number;
  checksummed: number;
  unverified: number;
  damaged: number;
  bootAlive: number;
  bootSilent: number;
  /** Epoch ms of the check that is longest ago; null: none was made. */
  oldestCheckAt: number | null;
  /** Checks that are queued or running. */
  running: number;
  /** Why its repository cannot be scanned or checked, null when it can. */
  verifyReason: string | null;
  scanReason: string | null;
  /** Why its backups cannot be read back into the catalogue, null when they can. */
  readInReason: string | null;
}

export async function getDatastoreChecks(ctx: Ctx, datastoreId: number): Promise<DatastoreChecks> {
  const { db, drivers } = ctx.core;
  const datastore = await authorizeDatastore(db, ctx.actor, "USE", datastoreId);
  const images = await db.image.findMany({
    where: { AND: [visibleTo(ctx.actor), { datastoreId, type: "BACKUP" }] },
    select: { id: true },
  });
  const ids = images.map((image) => image.id);
  const [rows, boots, running, canVerify, canList, canDescribe] = await Promise.all([
    db.increment.groupBy({
      by: ["verification"],
      where: { imageId: { in: ids }, broken: null },
      _count: true,
      _min: { verifiedAt: true },
    }),
    db.bootCheck.groupBy({ by: ["verdict"], where: { imageId: { in: ids } }, _count: true }),
    db.action.count({ where: { datastoreId, kind: "verify", state: { in: ["PENDING", "RUNNING"] } } }),
    drivers.has({ family: "datastore", driver: datastore.dsMad, action: "verify" }),
    drivers.has({ family: "datastore", driver: datastore.dsMad, action: "list" }),
    drivers.has({ family: "datastore", driver: datastore.dsMad, action: "describe" }),
  ]);
  const damaged = await db.increment.count({ where: { imageId: { in: ids }, broken: { not: null } } });
  const count = (verification: string) => rows.find((row) => row.verification === verification)?._count ?? 0;
  const oldest = rows.flatMap((row) => row._min.verifiedAt?.getTime() ?? []);
  return {
    verified: count("verified"),
    checksummed: count("checksummed"),
    unverified: count("unverified"),
    damaged,
    bootAlive: boots.find((row) => row.verdict === "alive")?._count ?? 0,
    bootSilent: boots.find((row) => row.verdict === "silent")?._count ?? 0,
    oldestCheckAt: oldest.length === 0 ? null : Math.min(...oldest),
    running,
    verifyReason: canVerify ? null : appError("VERIFY_UNSUPPORTED", { driver: datastore.dsMad }).message,
    readInReason: canDescribe ? null : appError("DESCRIBE_UNSUPPORTED", { driver: datastore.dsMad }).message,
    scanReason: canList ? null : appError("LIST_UNSUPPORTED", { driver: datastore.dsMad }).message,
  };
}
