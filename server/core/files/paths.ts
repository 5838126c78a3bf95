import { appendFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Core } from "../core";
import { sessionFolder } from "./session-folder";

/**
 * What the folders of an open point are called, for the audit log: a request names a folder by its number, and a path
 * that came with it could say anything. So the names are kept as they are shown, beside the copies that they belong to.
 */
const FILE = "paths.jsonl";
/** Beyond, folders are in the audit log by their number alone. */
const MAX_BYTES = 4 * 1024 * 1024;

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

async function lines(core: Core, sessionId: number): Promise<z.infer<typeof Line>[]> {
  const text = await readFile(join(sessionFolder(core, sessionId), FILE), "utf8").catch(() => "");
  // A last line that another request is still writing is left out.
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => Line.parse(JSON.parse(line)));
}

/** Where a folder lies, from the top of its volume: `/etc/ssh`. Null when it was not reached through its parents. */
export async function folderPath(core: Core, sessionId: number, at: FolderRef) {
  const known = (await lines(core, sessionId)).filter((each) => each.volume === at.volume && each.folder === at.folder);
  const path = at.folder === "" ? "/" : (known.find((each) => each.path !== "")?.path ?? null);
  return { path, isOpened: known.some((each) => each.isOpened) };
}

/** Keep the paths of folders that were just shown, or that one was opened. */
export async function keepPaths(
  core: Core,
  sessionId: number,
  folders: readonly (FolderRef & { path: string; isOpened?: boolean })[],
): Promise<void> {
  const file = join(sessionFolder(core, sessionId), FILE);
  const size = await stat(file).then(
    (stats) => stats.size,
    () => 0,
  );
  if (folders.length === 0 || size > MAX_BYTES) return;
  const text = folders.map((each) => `${JSON.stringify(each)}\n`).join("");
  // The session may be closed meanwhile: then nobody asks any more.
  await appendFile(file, text, { mode: 0o600 }).catch(() => undefined);
}

/** A name below a folder. */
export function below(path: string, name: string): string {
  return path === "/" ? `/${name}` : `${path}/${name}`;
}
