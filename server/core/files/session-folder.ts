import { chmod, chown, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { StoredVolume } from "../../domain/files";
import { ObjectId } from "../../domain/ids";
import { type ActionState, isFinal } from "../../domain/states";
import { FILES_UID } from "../../lib/guest-files/sandbox";
import { loop } from "../../lib/loop";
import type { Core } from "../core";

/**
 * An open look into a point is a folder on one node: raw copies of the disks, and `session.json`, which is written last
 * and whose time is when it was used last. There is nothing else to lose: after a crash the folder is swept like one that
 * nobody used.
 */
const IDLE_MS = 30 * 60_000;
const SWEEP_EVERY_MS = 30_000;
const NAME = /^files-(\d{1,10})$/;

const Stored = z.object({
  userId: z.number().int(),
  imageId: ObjectId,
  incrementId: ObjectId,
  volumes: z.array(StoredVolume),
});
export type StoredSession = z.infer<typeof Stored>;

const parentOf = (core: Core) => join(core.config.home, "scratch");

/** Folder of a session on this node, by its run. */
export function sessionFolder(core: Core, actionId: number): string {
  return join(parentOf(core), `files-${actionId}`);
}

/** The raw copy of a disk, which the sandbox may read. */
export function rawDisk(folder: string, diskId: number): string {
  return join(folder, `disk-${diskId}.raw`);
}

/** Let the sandbox, and nobody else, read a copy. Without root the sandbox has our own rights. */
export async function shareWithSandbox(file: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(file, 0, FILES_UID);
  await chmod(file, 0o640);
}

/** Make the session of a folder known; from then on it is open. */
export async function writeSession(folder: string, session: StoredSession): Promise<void> {
  const file = join(folder, "session.json");
  await writeFile(`${file}.part`, JSON.stringify(session), { mode: 0o600 });
  await rename(`${file}.part`, file);
}

/** The session of a run on this node, null when it is closed or not on this node. */
export async function readSession(
  core: Core,
  actionId: number,
): Promise<(StoredSession & { expiresAt: number }) | null> {
  const file = join(sessionFolder(core, actionId), "session.json");
  try {
    const expiresAt = (await stat(file)).mtimeMs + IDLE_MS;
    if (expiresAt < core.clock.now()) return null;
    return { ...Stored.parse(JSON.parse(await readFile(file, "utf8"))), expiresAt };
  } catch {
    return null;
  }
}

/** It is in use: it stays for another while. */
export async function touchSession(core: Core, actionId: number): Promise<void> {
  const now = core.clock.now() / 1000;
  await utimes(join(sessionFolder(core, actionId), "session.json"), now, now).catch(() => undefined);
}

/** Remove a session with all its copies. */
export async function removeSession(core: Core, actionId: number): Promise<void> {
  await rm(sessionFolder(core, actionId), { recursive: true, force: true });
}

/** Runs whose folder is on this node. */
export async function sessionsHere(core: Core): Promise<number[]> {
  const names = await readdir(parentOf(core)).catch(() => []);
  return names.flatMap((name) => {
    const id = NAME.exec(name)?.[1];
    return id === undefined ? [] : [Number(id)];
  });
}

/** Remove sessions that nobody used for a while, and what runs left that ended otherwise than well. */
export async function sweepSessions(core: Core): Promise<void> {
  for (const id of await sessionsHere(core)) {
    const row = await core.db.action.findUnique({ where: { id }, select: { state: true } });
    if (row !== null && !isFinal(row.state as ActionState)) continue;
    if (row?.state !== "DONE" || (await readSession(core, id)) === null) await removeSession(core, id);
  }
}

/** Keep this node free of sessions that are over. The first pass follows the start at once. */
export function startFilesSweeper(core: Core): { stop(): Promise<void> } {
  const stop = new AbortController();
  const running = loop(() => sweepSessions(core), SWEEP_EVERY_MS, stop.signal, {
    onError: (error) => core.log.warn({ err: error }, "sweep of opened files"),
  });
  return {
    async stop() {
      stop.abort();
      await running;
    },
  };
}
