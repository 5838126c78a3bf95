import { appError } from "../../domain/errors";
import type { OpenVolume } from "../../lib/guest-files/list";
import { writeAudit } from "../audit";
import { authorizeImage, requireUnlocked } from "../authorize";
import type { Ctx } from "../context";
import { rawDisk, readSession, type StoredSession, sessionFolder, touchSession } from "./session-folder";

/** Downloads and listings read by processes of their own. */
const MAX_READING = 8;
let reading = 0;

/** Downloads keep their place until `release`; everything else for as long as it takes. */
export async function whileReading<T>(work: (release: () => void) => Promise<T>): Promise<T> {
  if (reading >= MAX_READING) {
    throw appError("FILES_UNREADABLE", { reason: "Too many files are being read. Wait until a download is over." });
  }
  reading += 1;
  let isHeld = true;
  const release = () => {
    if (isHeld) reading -= 1;
    isHeld = false;
  };
  let isLong = false;
  try {
    const done = await work(release);
    isLong = typeof done === "object" && done !== null && "content" in done;
    return done;
  } finally {
    if (!isLong) release();
  }
}

/** Names come from a guest and may be long; `path` is null when only the number of a folder is known. */
export async function auditFiles(
  ctx: Ctx,
  what: "files-browse" | "files-search" | "files-download",
  { imageId, incrementId }: StoredSession,
  data: Record<string, string | number | null>,
): Promise<void> {
  const short = Object.entries(data).map(([key, value]) => [
    key,
    typeof value === "string" ? value.slice(0, 4096) : value,
  ]);
  await writeAudit(ctx.core.db, ctx.actor, {
    what,
    object: "image",
    objectId: imageId,
    data: { incrementId, ...Object.fromEntries(short) },
  });
}

/** Where a request looks, for the audit log. */
export function placeOf({ volume, folder }: { volume: number; folder: string }) {
  return { volume, folder };
}

/** The volume of a session of this user, who must still be allowed to restore the point. */
export async function openVolume(
  ctx: Ctx,
  { sessionId, volume: wanted }: { sessionId: number; volume: number },
): Promise<{ at: OpenVolume; session: StoredSession }> {
  const session = await readOwn(ctx, sessionId);
  if (session === null) throw appError("FILES_CLOSED", { id: sessionId });
  const image = await authorizeImage(ctx.core.db, ctx.actor, "USE", session.imageId);
  await requireUnlocked(ctx.core.db, "USE", image, { object: "image", id: image.id });
  const volume = session.volumes.find((each) => each.id === wanted);
  if (volume === undefined) throw appError("NOT_FOUND", { object: "volume", id: wanted });
  if (volume.problem !== null) throw appError("FILES_UNREADABLE", { reason: volume.problem });
  await touchSession(ctx.core, sessionId);
  const disk = rawDisk(sessionFolder(ctx.core, sessionId), volume.diskId);
  return { at: { disk, volume, program: ctx.core.config.guestReader }, session };
}

/** A session that this user has opened; that of somebody else is as good as none. */
export async function readOwn(ctx: Ctx, sessionId: number) {
  const session = await readSession(ctx.core, sessionId);
  if (session === null || session.userId !== ctx.actor.userId) return null;
  const run = await ctx.core.db.action.findUnique({ where: { id: sessionId }, select: { state: true } });
  return run?.state === "DONE" ? session : null;
}
