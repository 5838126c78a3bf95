/**
 * Writing past the page cache. Its pages cost more than the writing itself: three times the processor time on a machine
 * whose memory comes from a hypervisor (docs/benchmarks.md), and they push out what the guests of the host need.
 */
import { constants, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { systemCode } from "./fs-errors";

/** What file, position and memory have to be a multiple of; the largest sector of any disk. */
export const DIRECT_UNIT = 4096;

/** `count` buffers of `bytes` each in memory that a device can read: the memory of WebAssembly begins on a page. */
export function directBuffers(count: number, bytes: number): Buffer[] {
  const { buffer } = new WebAssembly.Memory({ initial: Math.ceil((count * bytes) / 65_536) });
  return Array.from({ length: count }, (_, index) => Buffer.from(buffer, index * bytes, bytes));
}

/**
 * Open a file that holds nothing yet for writing past the page cache; its first block becomes zeros.
 * @returns null when the file system or its device does not offer that
 */
export async function openDirect(path: string): Promise<FileHandle | null> {
  const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_DIRECT).catch(nullIfRefused);
  if (file === null) return null;
  const [zeros = Buffer.alloc(0)] = directBuffers(1, DIRECT_UNIT);
  const written = await new Promise<number | null>((resolve, reject) => {
    write(file.fd, zeros, 0, zeros.length, 0, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  }).catch(nullIfRefused);
  if (written === DIRECT_UNIT) return file;
  await file.close();
  return null;
}

function nullIfRefused(error: unknown): null {
  if (systemCode(error) === "EINVAL" || systemCode(error) === "ENOTSUP") return null;
  throw error;
}

/**
 * `takes_direct <file>`: whether the file can be written past the page cache. It is made when it is not there, and its
 * first block becomes zeros.
 */
export const DIRECT_FUNCTION = `
takes_direct() { dd if=/dev/zero of="$1" bs=${DIRECT_UNIT} count=1 oflag=direct conv=notrunc 2>/dev/null; }
`;
