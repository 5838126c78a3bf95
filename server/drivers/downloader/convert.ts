import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { run } from "../../lib/process";
import { DriverError, throwIfCancelled } from "../action";
import { openDirect } from "../direct";
import { systemCode } from "../fs-errors";
import { LONG_WORK_MS } from "../remote";

export type DiskFormat = "raw" | "qcow2";

/** Parallel requests of `qemu-img convert`; 8 with -W is at the disk's limit (performance-and-reliability §3.6). */
const COROUTINES = "8";

/** The name a file has until it is complete. */
export function partPath(destination: string): string {
  return `${destination}.part`;
}

/**
 * Make `destination` by a function that fills `<destination>.part`: synced, then renamed, and removed on failure. The
 * part is created anew, never through a link somebody put there.
 */
export async function makeFile(destination: string, fill: (part: string) => Promise<void>): Promise<void> {
  const part = partPath(destination);
  try {
    await rm(part, { force: true });
    await (await open(part, "wx", 0o600)).close();
    await fill(part);
    const file = await open(part, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, destination);
    const folder = await open(path.dirname(destination), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw diskError(error, destination);
  }
}

function diskError(error: unknown, destination: string): unknown {
  const code = systemCode(error);
  if (code === "ENOENT") return new DriverError(`The folder of ${destination} does not exist.`);
  if (code === "EACCES" || code === "EPERM") return new DriverError(`${destination} cannot be written: ${code}.`);
  if (code === "ENOSPC" || code === "EDQUOT") return new DriverError(`There is no space left to write ${destination}.`);
  return error;
}

export interface ConvertOptions {
  /** Guest-visible bytes, for progress. */
  total: number;
  signal: AbortSignal;
  onProgress(done: number): void;
}

/** `qemu-img convert` of a block device, given as the JSON of a node, into an existing file. */
export async function convertNode(
  node: object,
  part: string,
  format: DiskFormat,
  options: ConvertOptions,
): Promise<void> {
  const direct = await openDirect(part);
  await direct?.close();
  const cache = direct === null ? [] : ["-t", "none"];
  await convert([...cache, "-O", format, "--", `json:${JSON.stringify(node)}`, part], part, options);
}

/** The same into a block device that is there already, of the same size and full of zeros. */
export async function convertToNode(
  node: object,
  target: object,
  name: string,
  options: ConvertOptions,
): Promise<void> {
  const names = [node, target].map((each) => `json:${JSON.stringify(each)}`);
  await convert(["-n", "--target-is-zero", "-O", "raw", "--", ...names], name, options);
}

async function convert(words: readonly string[], target: string, options: ConvertOptions): Promise<void> {
  throwIfCancelled(options.signal);
  const result = await run(["qemu-img", "convert", "-p", "-W", "-m", COROUTINES, ...words], {
    signal: options.signal,
    timeoutMs: LONG_WORK_MS,
    onStdoutLine: (line) => {
      const percent = /\((\d+(?:\.\d+)?)\/100%\)/.exec(line)?.[1];
      if (percent !== undefined) options.onProgress(Math.min(1, Number(percent) / 100) * options.total);
    },
  });
  if (result.ok) return;
  throwIfCancelled(options.signal);
  if (result.spawnError !== null) throw new DriverError(`qemu-img cannot run here: ${result.spawnError}.`);
  if (/No space left on device|Disk quota exceeded/i.test(result.stderr)) {
    throw new DriverError(`There is no space left to write ${target}.`);
  }
  const detail = result.stderr.trim().split("\n").at(-1) ?? "";
  throw new DriverError(`qemu-img could not write ${target}: ${detail || `exit code ${result.exitCode ?? "none"}`}`);
}
