import { finished } from "node:stream/promises";
import { type FileEntry, type FileHits, type FilePage, readerOf, type StoredVolume } from "../../domain/files";
import { type BodyLine, parseBodyLine } from "./body-file";
import { isOurs, readerArgv } from "./reader-call";
import { requireOk, runOnDisk } from "./sandbox";

/** A volume and where its disk lies. */
export interface OpenVolume {
  disk: string;
  volume: StoredVolume;
  /** File of the program that reads what no tool of the system reads (`reader.ts`). */
  program: string;
}

/** Longest folder that is read to its end, and most files that a walk through folders looks at. */
const MAX_LISTED = 100_000;
export const MAX_WALKED = 200_000;
const MAX_LINE_BYTES = 64 * 1024;
const LIST_MS = 60_000;
const SEARCH_MS = 45_000;
const MAX_HITS = 500;

/** Options of all tools of The Sleuth Kit that say where the file system is and what it is. */
export function placeOptions({ volume }: OpenVolume): string[] {
  const reader = readerOf(volume.fileSystem) ?? "";
  return ["-i", "raw", "-b", "512", "-o", String(volume.offset / 512), "-f", reader];
}

/** What lists a folder in the format of `parseBodyLine`. */
function listArgv(at: OpenVolume, folder: string, isDeep: boolean): string[] {
  if (isOurs(at)) return readerArgv(at, { do: "list", folder, isDeep });
  const deep = isDeep ? ["-r", "-p"] : [];
  return ["fls", "-u", ...deep, "-m", "", ...placeOptions(at), "DISK", ...(folder === "" ? [] : [folder])];
}

/** One page of a folder: folders first, then by name. */
export async function listFolder(
  at: OpenVolume,
  folder: string,
  page: { offset: number; limit: number },
): Promise<FilePage> {
  const entries: FileEntry[] = [];
  const { isCut } = await walk(at, folder, { isDeep: false, max: MAX_LISTED, timeoutMs: LIST_MS }, (line) => {
    const { path, owner: _owner, ...entry } = line;
    entries.push({ name: path, ...entry });
    return true;
  });
  const rank = (entry: FileEntry) => (entry.kind === "folder" ? 0 : 1);
  entries.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { entries: entries.slice(page.offset, page.offset + page.limit), total: entries.length, isCut };
}

/** Files below a folder whose name holds `text`, whatever the case. */
export async function searchFolder(at: OpenVolume, folder: string, text: string): Promise<FileHits> {
  const wanted = text.toLocaleLowerCase();
  const folders = new Map<string, string>([["", folder]]);
  const hits: FileHits["hits"] = [];
  const limits = { isDeep: true, max: MAX_WALKED, timeoutMs: SEARCH_MS };
  const { isCut } = await walk(at, folder, limits, ({ path, owner: _owner, ...entry }) => {
    const slash = path.lastIndexOf("/");
    const above = slash === -1 ? "" : path.slice(0, slash);
    const name = path.slice(slash + 1);
    if (entry.kind === "folder") folders.set(path, entry.address);
    if (name.toLocaleLowerCase().includes(wanted)) {
      hits.push({ ...entry, name, path: above, folder: folders.get(above) ?? folder });
    }
    return hits.length < MAX_HITS;
  });
  return { hits, isCut };
}

/**
 * Every file of a folder, or below it, in the order of the file system.
 * @param onLine false ends the walk early
 * @returns isCut: there was more
 * @throws AppError FILES_UNREADABLE
 */
export async function walk(
  at: OpenVolume,
  folder: string,
  limits: { isDeep: boolean; max: number; timeoutMs: number; signal?: AbortSignal },
  onLine: (line: BodyLine) => boolean,
): Promise<{ isCut: boolean }> {
  const enough = new AbortController();
  const signal = limits.signal === undefined ? enough.signal : AbortSignal.any([limits.signal, enough.signal]);
  let seen = 0;
  let rest: Buffer = Buffer.alloc(0);
  const take = (line: Buffer) => {
    if (enough.signal.aborted) return;
    const parsed = parseBodyLine(line);
    if (parsed === null) return;
    seen += 1;
    if (seen > limits.max || !onLine(parsed)) enough.abort();
  };
  let reading: Promise<void> = Promise.resolve();
  const result = await runOnDisk(at.disk, listArgv(at, folder, limits.isDeep), {
    program: at.program,
    signal,
    timeoutMs: limits.timeoutMs,
    onOutput(output) {
      output.on("data", (chunk: Buffer) => {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
          take(rest.subarray(0, end));
          rest = rest.subarray(end + 1);
        }
        if (rest.length > MAX_LINE_BYTES) rest = Buffer.alloc(0);
      });
      reading = finished(output).catch(() => undefined);
    },
  });
  await reading;
  if (enough.signal.aborted) return { isCut: true };
  // What was found until then is worth showing; nothing at all is not.
  if (result.timedOut && seen > 0) return { isCut: true };
  requireOk(result);
  return { isCut: false };
}
