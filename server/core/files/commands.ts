import type { Readable } from "node:stream";
import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import {
  type ArchiveFormat,
  type FileHits,
  type FilePage,
  FilesDownload,
  FilesListInput,
  FilesPoint,
  FilesSearchInput,
  type FilesView,
} from "../../domain/files";
import { type ActionState, isFinal } from "../../domain/states";
import { listFolder, type OpenVolume, searchFolder } from "../../lib/guest-files/list";
import { readArchive, readContent } from "../../lib/guest-files/read";
import { cancelAction } from "../action/cancel";
import { enqueue } from "../action/enqueue";
import { writeAudit } from "../audit";
import { authorizeImage, requireUnlocked } from "../authorize";
import type { Ctx } from "../context";
import { lockRestorable } from "../verification/request";
import { filesProblem } from "./files-facts";
import {
  rawDisk,
  readSession,
  removeSession,
  type StoredSession,
  sessionFolder,
  sessionsHere,
  touchSession,
} from "./session-folder";

/** Copies of whole disks lie on the node meanwhile. */
const MAX_OPEN = 4;
/** Downloads and listings read by processes of their own. */
const MAX_READING = 8;
let reading = 0;

/**
 * Open a point for browsing: its disks are copied to this node. Whoever may restore it may read its files.
 * @returns the run; one that has opened it for this user already, when it is still open
 * @throws AppError FILES_UNREADABLE, FILES_LIMIT, and what a restore of the point would be refused with
 */
export async function requestFiles(ctx: Ctx, raw: FilesPoint): Promise<{ actionId: number }> {
  const point = FilesPoint.parse(raw);
  const problem = await filesProblem();
  if (problem !== null) throw appError("FILES_UNREADABLE", { reason: problem });
  const open = await sessionsHere(ctx.core);
  return await withTx(ctx.core.db, async (tx) => {
    // One at a time, so that two requests do not both take the last place.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(7306)`;
    const image = await lockRestorable(tx, ctx, point, "browse");
    const mine = await latestRun(ctx, point);
    if (mine !== null && (!isFinal(mine.state) || (await readOwn(ctx, mine.id)) !== null)) return { actionId: mine.id };
    const coming = await tx.action.findMany({
      where: { kind: "files-open", state: { in: ["PENDING", "RUNNING"] } },
      select: { id: true },
    });
    if (new Set([...open, ...coming.map(({ id }) => id)]).size >= MAX_OPEN)
      throw appError("FILES_LIMIT", { most: MAX_OPEN });
    const actionId = await enqueue(tx, {
      kind: "files-open",
      actor: ctx.actor,
      input: point,
      vmId: image.vmId,
      vmName: image.vmName,
      imageId: image.id,
      datastoreId: image.datastoreId,
    });
    return { actionId };
  });
}

/** How this user's look into a point stands. */
export async function getFiles(ctx: Ctx, raw: FilesPoint): Promise<FilesView> {
  const point = FilesPoint.parse(raw);
  await authorizeImage(ctx.core.db, ctx.actor, "USE", point.imageId);
  const run = await latestRun(ctx, point);
  if (run !== null && !isFinal(run.state)) return { state: "preparing", sessionId: run.id };
  if (run?.state === "FAILED") {
    return { state: "failed", sessionId: run.id, error: run.error ?? "The run did not say why." };
  }
  const session = run === null ? null : await readOwn(ctx, run.id);
  if (run === null || session === null) return { state: "none", reason: await filesProblem() };
  const volumes = session.volumes.map(({ offset: _offset, ...shown }) => shown);
  return { state: "open", sessionId: run.id, volumes, expiresAt: session.expiresAt };
}

/** One page of a folder. */
export async function listFiles(ctx: Ctx, raw: FilesListInput): Promise<FilePage> {
  const input = FilesListInput.parse(raw);
  const { at } = await openVolume(ctx, input);
  return await whileReading(() => listFolder(at, input.folder, input));
}

/** Names below a folder. */
export async function searchFiles(ctx: Ctx, raw: FilesSearchInput): Promise<FileHits> {
  const input = FilesSearchInput.parse(raw);
  const { at } = await openVolume(ctx, input);
  return await whileReading(() => searchFolder(at, input.folder, input.text));
}

/** Close a look, or stop opening it: its copies are removed. */
export async function closeFiles(ctx: Ctx, sessionId: number): Promise<null> {
  const run = await ctx.core.db.action.findUnique({ where: { id: sessionId } });
  if (run === null || run.kind !== "files-open") throw appError("FILES_CLOSED", { id: sessionId });
  if (!isFinal(run.state as ActionState)) {
    await cancelAction(ctx, sessionId);
    return null;
  }
  if ((await readOwn(ctx, sessionId)) === null) throw appError("FILES_CLOSED", { id: sessionId });
  await removeSession(ctx.core, sessionId);
  await writeAudit(ctx.core.db, ctx.actor, { what: "files-close", object: "action", objectId: sessionId });
  return null;
}

export interface Download {
  name: string;
  /** Null: it is an archive, whose length is not known before. */
  bytes: number | null;
  type: string;
  content: Readable;
}

const ARCHIVE_TYPES = { zip: "application/zip", tar: "application/x-tar" } as const satisfies Record<
  ArchiveFormat,
  string
>;
/** A download keeps its session open; this often is enough. */
const TOUCH_EVERY_MS = 60_000;

/**
 * The content of a file, or of a folder as an archive. What it is called and how long it is, the file system says, not
 * the request. `place` is for the name of an archive only.
 * @throws AppError FILES_CLOSED, FILES_UNREADABLE, NOT_FOUND, NOT_AUTHORIZED
 */
export async function downloadFiles(ctx: Ctx, raw: FilesDownload, signal: AbortSignal): Promise<Download> {
  const input = FilesDownload.parse(raw);
  const { at, session } = await openVolume(ctx, input);
  let touchedAt = ctx.core.clock.now();
  const stillUsed = () => {
    if (ctx.core.clock.now() - touchedAt < TOUCH_EVERY_MS) return;
    touchedAt = ctx.core.clock.now();
    void touchSession(ctx.core, input.sessionId);
  };
  return await whileReading(async (release) => {
    if (input.file === "") {
      const name = `backup-${session.imageId}-${session.incrementId}-folder`;
      const { format } = input;
      await audit(ctx, session, input, `${name}.${format}`);
      const content = readArchive(at, { address: input.folder, name, format }, signal, stillUsed);
      content.once("close", release);
      await begun(content);
      return { name: `${name}.${format}`, bytes: null, type: ARCHIVE_TYPES[format], content };
    }
    const { entries } = await listFolder(at, input.folder, { offset: 0, limit: Number.MAX_SAFE_INTEGER });
    const file = entries.find((each) => each.address === input.file);
    if (file === undefined) throw appError("NOT_FOUND", { object: "file", id: input.file });
    if (file.kind !== "file")
      throw appError("FILES_UNREADABLE", { reason: "Only files and folders can be downloaded." });
    await audit(ctx, session, input, file.name);
    const content = readContent(at, file, signal, stillUsed);
    content.once("close", release);
    await begun(content);
    return { name: file.name, bytes: file.bytes, type: "application/octet-stream", content };
  });
}

/** Until the first bytes are there, a download that fails is an answer in words; afterwards it is a broken one. */
async function begun(content: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    content.once("readable", resolve).once("error", reject);
  });
}

/** Downloads keep their place until `release`; everything else for as long as it takes. */
async function whileReading<T>(work: (release: () => void) => Promise<T>): Promise<T> {
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

async function audit(ctx: Ctx, session: StoredSession, input: FilesDownload, name: string): Promise<void> {
  await writeAudit(ctx.core.db, ctx.actor, {
    what: "files-download",
    object: "image",
    objectId: session.imageId,
    data: {
      incrementId: session.incrementId,
      volume: input.volume,
      folder: input.folder,
      file: input.file,
      name: name.slice(0, 500),
    },
  });
}

/** The volume of a session of this user, who must still be allowed to restore the point. */
async function openVolume(
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
async function readOwn(ctx: Ctx, sessionId: number) {
  const session = await readSession(ctx.core, sessionId);
  if (session === null || session.userId !== ctx.actor.userId) return null;
  const run = await ctx.core.db.action.findUnique({ where: { id: sessionId }, select: { state: true } });
  return run?.state === "DONE" ? session : null;
}

async function latestRun(ctx: Ctx, { imageId, incrementId }: FilesPoint) {
  const row = await ctx.core.db.action.findFirst({
    where: {
      kind: "files-open",
      imageId,
      actorId: ctx.actor.userId,
      input: { path: ["incrementId"], equals: incrementId },
    },
    orderBy: { id: "desc" },
    select: { id: true, state: true, error: true },
  });
  return row === null ? null : { ...row, state: row.state as ActionState };
}
