import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Core } from "../core";
import { sessionFolder } from "./session-folder";

/**
 * What the folders of an open point are called, for the audit log: a request names a folder by its number, and a path
 * that came with it could say anything. So the names are kept as they are shown, beside the copies that they belong to.
 */
const FILE = "paths.jsonl";
/** Beyond, folders are in the audit log by their number alone, and each time that they are opened. */
const MAX_CHARS = 1024 * 1024;

const Line = z.object({
  volume: z.number(),
  folder: z.string(),
  path: z.string(),
  isOpened: z.boolean().default(false),
});

interface FolderRef {
  volume: number;
  folder: string;
}

const fileOf = (core: Core, sessionId: number) => join(sessionFolder(core, sessionId), FILE);
const textOf = (file: string) => readFile(file, "utf8").catch(() => "");

function parsed(line: string): z.infer<typeof Line>[] {
  try {
    return [Line.parse(JSON.parse(line))];
  } catch {
    return []; // cut off by a full disk, or still being written
  }
}

/** Where a folder lies, from the top of its volume: `/etc/ssh`. Null when it was not reached through its parents. */
export async function folderPath(core: Core, sessionId: number, at: FolderRef) {
  const lines = (await textOf(fileOf(core, sessionId))).split("\n").flatMap(parsed);
  const known = lines.filter((each) => each.volume === at.volume && each.folder === at.folder);
  const path = at.folder === "" ? "/" : (known.find((each) => each.path !== "")?.path ?? null);
  return { path, isOpened: known.some((each) => each.isOpened) };
}

/** Keep the paths of folders that were just shown, or that one was opened. */
export async function keepPaths(
  core: Core,
  sessionId: number,
  folders: readonly (FolderRef & { path: string; isOpened?: boolean })[],
): Promise<void> {
  const file = fileOf(core, sessionId);
  const kept = await textOf(file);
  const known = new Set(kept.split("\n"));
  const added = folders.map((each) => JSON.stringify(each)).filter((line) => !known.has(line));
  if (added.length === 0 || kept.length > MAX_CHARS) return;
  // The session may be closed meanwhile: then nobody asks any more.
  await appendFile(file, `${added.join("\n")}\n`, { mode: 0o600 }).catch(() => undefined);
}

/** A name below a folder. */
export function below(path: string, name: string): string {
  return path === "/" ? `/${name}` : `${path}/${name}`;
}
