/** A disk of a restore point, from the repository to the place where it waits for the swap. */
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "../../../lib/process";
import { isLocal, type Machine } from "../../../lib/ssh";
import { failureReason, parseLogLine, parseMeaning } from "../../../lib/wire";
import { DriverError, throwIfCancelled } from "../../action";
import { isMissing } from "../../fs-errors";
import { LONG_WORK_MS } from "../../remote";
import { streamFile } from "../lib/copy";
import type { DiskFormat } from "../lib/source";

/** A downloader that was cancelled removes what it has made. */
const TERM_GRACE_MS = 20_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface Fetch {
  diskId: number;
  url: string;
  format: DiskFormat;
  machine: Machine;
  /** Absolute path on `machine`. */
  destination: string;
  /** Of the action, with the DATASTORE that the URL belongs to. */
  xml: string;
  workDir: string | null;
  signal: AbortSignal;
  onProgress(done: number, total: number): void;
  onLog(level: "ERROR" | "WARN" | "INFO" | "DEBUG", text: string): void;
}

/** `remotes/`, seen from the link by which the core called this action: `remotes/tm/<driver>/<action>`. */
function remotesDir(): string {
  return path.resolve(path.dirname(process.argv[1] ?? ""), "../..");
}

/** Run an action of another driver with the document that we got. Throws DriverError with its reason. */
async function runAction(
  action: string,
  args: readonly string[],
  fetch: Pick<Fetch, "xml" | "signal"> & Partial<Pick<Fetch, "onProgress" | "onLog">>,
): Promise<string> {
  const result = await run([path.join(remotesDir(), action), ...args], {
    input: fetch.xml,
    signal: fetch.signal,
    timeoutMs: LONG_WORK_MS,
    termGraceMs: TERM_GRACE_MS,
    maxOutputBytes: MAX_ANSWER_BYTES,
    onStderrLine: (line) => {
      const logged = parseLogLine(line);
      if (logged === null) return;
      const meaning = parseMeaning(logged);
      if (meaning?.kind === "progress") fetch.onProgress?.(meaning.done, meaning.total);
      else if (meaning === null) fetch.onLog?.(logged.level, logged.text);
    },
  });
  throwIfCancelled(fetch.signal);
  if (result.ok) return result.stdout;
  if (result.spawnError !== null) throw new DriverError(`There is no driver action ${action}.`);
  throw new DriverError(failureReason(result.stderr) || `${action} failed without a reason.`);
}

/** What `ls -i <increment>` of the backup datastore's driver prints, for a core that did not ask itself. */
export async function listUrls(driver: string, incrementId: number, xml: string, signal: AbortSignal): Promise<string> {
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(driver)) throw new DriverError("The backup datastore names no driver (DS_MAD).");
  return await runAction(`datastore/${driver}/ls`, ["-i", String(incrementId)], { xml, signal });
}

/** Write the disk that the URL names. The file is complete and on stable storage, or it is not there. */
export async function fetchDisk(fetch: Fetch): Promise<void> {
  const scheme = /^([a-z][a-z0-9_]{0,31})(?:\+[a-z0-9]+)?:\/\//.exec(fetch.url)?.[1];
  if (scheme === undefined) throw new DriverError(`Disk ${fetch.diskId} has a URL that cannot be read.`);
  const download = (file: string) => runAction(`downloader/${scheme}`, [fetch.url, file, fetch.format], fetch);
  if (isLocal(fetch.machine)) {
    await download(fetch.destination);
    return;
  }
  // A downloader writes a file on this machine; another host gets it from here.
  const parent = fetch.workDir ?? tmpdir();
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(path.join(parent, `restore-${fetch.diskId}-`));
  try {
    const file = path.join(folder, "disk");
    await download(file);
    const { size } = await stat(file);
    await streamFile({ path: file, size }, fetch.machine, fetch.destination, "copy the disk to the host", fetch.signal);
  } catch (error) {
    if (isMissing(error)) throw new DriverError(`The downloader left no file for disk ${fetch.diskId}.`);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
