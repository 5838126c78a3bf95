import { createHash } from "node:crypto";
import { open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chainName, change, fileName, isSameContent, scatteredChanges, seeded, tempDir, tool } from "../testing/disks";
import { chainNode } from "./chain";
import { mergeChain } from "./merge";

const MIB = 1024 * 1024;
let dir: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ dir, remove } = await tempDir());
});
afterEach(async () => await remove());

const at = (name: string | number) => path.join(dir, String(name));

async function sumOf({ path: file, isHashed }: { path: string; isHashed: boolean }): Promise<string | null> {
  return isHashed
    ? createHash("sha256")
        .update(await readFile(file))
        .digest("hex")
    : null;
}

async function merge(count: number, bytes: number, format: "qcow2" | "raw"): Promise<string> {
  const part = at(`out.${format}`);
  await rm(part, { force: true });
  await (await open(part, "wx")).close();
  const files = Array.from({ length: count }, (_, index) => ({ path: at(index), isHashed: index !== 1 }));
  const done: number[] = [];
  const sums = await mergeChain(files, chainNode(files) ?? {}, part, format, {
    total: bytes,
    signal: new AbortController().signal,
    onProgress: (each) => done.push(each),
  });
  if (sums !== null) expect(sums).toEqual(await Promise.all(files.map(sumOf)));
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(bytes);
  return part;
}

async function expectRight(count: number, bytes: number): Promise<void> {
  const files = Array.from({ length: count }, (_, index) => at(index));
  for (const format of ["qcow2", "raw"] as const) {
    const part = await merge(count, bytes, format);
    expect([format, await isSameContent(chainName(files), fileName(part, format))]).toEqual([format, true]);
    if (format === "qcow2") await tool("qemu-img", "check", "-f", "qcow2", part);
    const info: unknown = JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(part, format)));
    expect(info).toMatchObject({ "virtual-size": bytes });
  }
}

describe("mergeChain", () => {
  it.each([1, 2, 7])("gives the disk of a chain of %i, with holes and zeros over older data", async (count) => {
    const bytes = 200 * MIB + 1536;
    const random = seeded(count);
    for (let index = 0; index < count; index += 1) {
      await tool("qemu-img", "create", "-q", "-f", "qcow2", at(index), String(bytes));
      await change(at(index), ...scatteredChanges(random, bytes, 30), "write -P 9 200M 1536");
    }
    await expectRight(count, bytes);
  });

  it("takes layers of any cluster size, and disks that grew", async () => {
    for (const [index, [cluster, mib]] of (
      [
        ["4k", 33],
        ["2M", 64],
        ["512", 64],
        ["64k", 700],
      ] as const
    ).entries()) {
      await tool("qemu-img", "create", "-q", "-f", "qcow2", "-o", `cluster_size=${cluster}`, at(index), `${mib}M`);
      await change(at(index), ...scatteredChanges(seeded(index), mib * MIB, 20));
    }
    await expectRight(4, 700 * MIB);
  });

  it("leaves compressed files to qemu-img", async () => {
    await tool("qemu-img", "create", "-q", "-f", "qcow2", at("plain"), "16M");
    await change(at("plain"), "write -P 4 1M 3M");
    await tool("qemu-img", "convert", "-c", "-f", "qcow2", "-O", "qcow2", at("plain"), at(0));
    await tool("qemu-img", "create", "-q", "-f", "qcow2", at(1), "16M");
    await change(at(1), "write -P 5 2M 64k");
    await expectRight(2, 16 * MIB);
  });

  it("an empty disk is an empty file", async () => {
    await tool("qemu-img", "create", "-q", "-f", "qcow2", at(0), "3G");
    await expectRight(1, 3 * 1024 * MIB);
    expect((await stat(at("out.qcow2"))).size).toBeLessThan(MIB);
  });

  it("takes a range of a file twice when two places of the disk name it", async () => {
    await tool("qemu-img", "create", "-q", "-f", "qcow2", at(0), "64M");
    await change(at(0), "write -P 6 0 3M", "write -P 7 8M 64k");
    const file = await open(at(0), "r+");
    const entry = (at: number) => ({ buffer: Buffer.alloc(8), offset: 0, length: 8, position: at });
    const { buffer: l1 } = await file.read(entry(3 * 65_536));
    const l2 = Number(l1.readBigUInt64BE() & 0x00ff_ffff_ffff_fe00n);
    // The cluster at 8 MiB is also at 20 MiB, whose reads then cross from the one piece into the other.
    const { buffer } = await file.read(entry(l2 + 128 * 8));
    await file.write(buffer, 0, 8, l2 + 320 * 8);
    await file.close();
    for (const format of ["qcow2", "raw"] as const) {
      const part = await merge(1, 64 * MIB, format);
      expect(await isSameContent(chainName([at(0)]), fileName(part, format))).toBe(true);
    }
  });

  it("reads zeros behind the end of a file that ends within a block, as qemu does", async () => {
    await tool("qemu-img", "create", "-q", "-f", "qcow2", at(0), "16M");
    await change(at(0), "write -P 8 0 1M");
    await tool("truncate", "-s", "-1536", at(0));
    await expectRight(1, 16 * MIB);
  });

  it("fails when qemu-img cannot read a layer", async () => {
    await tool("qemu-img", "create", "-q", "-f", "qcow2", at(0), "16M");
    await tool("truncate", "-s", "100", at(0));
    await expect(merge(1, 16 * MIB, "raw")).rejects.toThrow(/qemu-img could not read the chain/);
  });
});
