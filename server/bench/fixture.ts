/** Disks to measure with: scattered chunks of random data, then a change set recorded by a dirty bitmap. */

import { randomFillSync } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { tool } from "../drivers/testing/disks";
import { run } from "../lib/process";

const MIB = 1024 * 1024;
const CHUNK = 64 * MIB;
const CLUSTER = 64 * 1024;
const FIXTURE_MS = 600_000;

export interface DiskSize {
  /** Bytes the guest sees. */
  virtualSize: number;
  /** Bytes with data, in chunks of 64 MiB spread over the disk. */
  dataBytes: number;
}

/** A qcow2 disk full of random bytes, which nothing can compress or skip. */
export async function makeRandomDisk(file: string, { virtualSize, dataBytes }: DiskSize): Promise<void> {
  const raw = `${file}.raw`;
  const handle = await open(raw, "w");
  try {
    await handle.truncate(virtualSize);
    const chunks = Math.floor(dataBytes / CHUNK);
    const buffer = Buffer.alloc(CHUNK);
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      randomFillSync(buffer);
      await handle.write(buffer, 0, CHUNK, Math.floor((chunk * (virtualSize - CHUNK)) / chunks / MIB) * MIB);
    }
  } finally {
    await handle.close();
  }
  await tool("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, file);
  await rm(raw);
}

/** A file of `bytes` random bytes, read once so that it is in the page cache. */
export async function makeRandomFile(file: string, bytes: number): Promise<void> {
  await tool(
    "bash",
    "-c",
    'head -c "$2" /dev/urandom >"$1" && sync "$1" && cat "$1" >/dev/null',
    "strata",
    file,
    String(bytes),
  );
}

export interface ChangeSet {
  /** Share of the virtual size, e.g. 0.05. */
  share: number;
  isContiguous: boolean;
  /** Clusters by which isolated ones move, so that sets differ. */
  shift?: number;
}

/** Overwrite a share of the disk: isolated clusters of 64 KiB, or one run. */
export async function applyChanges(
  file: string,
  virtualSize: number,
  { share, isContiguous, shift = 0 }: ChangeSet,
): Promise<void> {
  const count = Math.floor((virtualSize * share) / CLUSTER);
  const commands: string[] = [];
  if (isContiguous) {
    for (let done = 0; done < count * CLUSTER; done += 16 * MIB) {
      commands.push(
        `write -P ${1 + ((done / MIB) % 250)} ${CLUSTER * 5 + done} ${Math.min(16 * MIB, count * CLUSTER - done)}`,
      );
    }
  } else {
    const stride = Math.floor(virtualSize / CLUSTER / count);
    for (let each = 0; each < count; each += 1)
      commands.push(`write -P ${1 + (each % 250)} ${(each * stride + (shift % stride)) * CLUSTER} ${CLUSTER}`);
  }
  const result = await run(["qemu-io", "-t", "writeback", "-f", "qcow2", file], {
    input: `${commands.join("\n")}\nquit\n`,
    timeoutMs: FIXTURE_MS,
  });
  if (!result.ok) throw new Error(`qemu-io: ${result.stderr}`);
}
