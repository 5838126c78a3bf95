import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import {
  type FileHits,
  type FilePage,
  FilesListInput,
  FilesPoint,
  FilesSearchInput,
  type FilesView,
} from "../../domain/files";
import { type ActionState, isFinal } from "../../domain/states";
import { listFolder, searchFolder } from "../../lib/guest-files/list";
import { cancelAction } from "../action/cancel";
import { enqueue } from "../action/enqueue";
import { writeAudit } from "../audit";
import { authorizeImage } from "../authorize";
import type { Ctx } from "../context";
import { lockRestorable } from "../verification/request";
import { auditFiles, openVolume, placeOf, readOwn, whileReading } from "./access";
import { filesProblem } from "./files-facts";
import { below, folderPath, keepPaths } from "./paths";
import { removeSession, sessionsHere } from "./session-folder";

/** Copies of whole disks lie on the node meanwhile. */
const MAX_OPEN = 4;

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
  const { at, session } = await openVolume(ctx, input);
  const page = await whileReading(() => listFolder(at, input.folder, input));
  const { path, isOpened } = await folderPath(ctx.core, input.sessionId, input);
  const shown = page.entries.filter((entry) => entry.kind === "folder");
  if (path !== null)
    await keepFolders(
      ctx,
      input,
      shown.map((each) => ({ folder: each.address, path: below(path, each.name) })),
    );
  if (!isOpened) {
    await keepPaths(ctx.core, input.sessionId, [{ ...placeOf(input), path: path ?? "", isOpened: true }]);
    await auditFiles(ctx, "files-browse", session, { ...placeOf(input), path });
  }
  return page;
}

async function keepFolders(
  ctx: Ctx,
  { sessionId, volume }: { sessionId: number; volume: number },
  folders: readonly { folder: string; path: string }[],
): Promise<void> {
  await keepPaths(
    ctx.core,
    sessionId,
    folders.map((each) => ({ volume, ...each })),
  );
}

/** Names below a folder. */
export async function searchFiles(ctx: Ctx, raw: FilesSearchInput): Promise<FileHits> {
  const input = FilesSearchInput.parse(raw);
  const { at, session } = await openVolume(ctx, input);
  const found = await whileReading(() => searchFolder(at, input.folder, input.text));
  const { path } = await folderPath(ctx.core, input.sessionId, input);
  await auditFiles(ctx, "files-search", session, { ...placeOf(input), path, text: input.text });
  if (path === null) return found;
  const folders = found.hits.flatMap((hit) => {
    const above = hit.path === "" ? path : below(path, hit.path);
    const inside = { folder: hit.folder, path: above };
    return hit.kind === "folder" ? [inside, { folder: hit.address, path: below(above, hit.name) }] : [inside];
  });
  await keepFolders(ctx, input, folders);
  return found;
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
