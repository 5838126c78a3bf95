import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../process";
import { listFolder, type OpenVolume, searchFolder } from "./list";
import { readArchive, readContent } from "./read";
import { runOnDisk } from "./sandbox";
import { scanDisk } from "./scan";

const MIB = 1024 ** 2;
const live = new AbortController().signal;
let dir: string;
let disk: string;
let volumes: OpenVolume[];
const big = randomBytes(3 * MIB + 17);
const hostile = Buffer.concat([Buffer.from("src/new\nline|x"), Buffer.from([0xff, 0xfe])]);

async function tool(argv: [string, ...string[]], input?: string): Promise<string> {
  const result = await run(argv, { timeoutMs: 30_000, ...(input === undefined ? {} : { input }) });
  expect(`${argv[0]}: ${result.exitCode} ${result.ok ? "" : result.stderr}`).toBe(`${argv[0]}: 0 `);
  return result.stdout;
}

/** A disk with a partition table and one file system of each kind, made without mounting anything. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "strata files, it's a test "));
  const src = join(dir, "src");
  await mkdir(join(src, "etc", "deep"), { recursive: true });
  await writeFile(join(src, "etc", "hello.txt"), "hello");
  await writeFile(join(src, "etc", "deep", "big.bin"), big);
  await writeFile(join(src, "etc", "empty"), "");
  await writeFile(Buffer.concat([Buffer.from(`${dir}/`), hostile]), "hostile");
  await writeFile(join(src, "n".repeat(255)), "long");
  await symlink("../../../etc/passwd", join(src, "etc", "link -> x"));
  disk = join(dir, "disk.raw");
  await tool(["truncate", "-s", "80M", disk]);
  const table = "label: gpt\nsize=16MiB, name=data\nsize=16MiB\nsize=16MiB\nsize=8MiB\n";
  await tool(["sfdisk", "-q", disk], table);
  const put = async (file: string, at: number) =>
    await tool(["dd", `if=${file}`, `of=${disk}`, "bs=1M", `seek=${at}`, "conv=notrunc,sparse", "status=none"]);
  const image = async (name: string, mib: number) => {
    const file = join(dir, name);
    await tool(["truncate", "-s", `${mib}M`, file]);
    return file;
  };
  const ext = await image("ext", 16);
  await tool(["mke2fs", "-q", "-t", "ext4", "-L", "root\u202efs", "-d", src, ext]);
  await put(ext, 1);
  const fat = await image("fat", 16);
  await tool(["mkfs.vfat", "-n", "BOOT", fat]);
  await tool(["mmd", "-i", fat, "::EFI"]);
  await tool(["mcopy", "-i", fat, join(src, "etc", "hello.txt"), "::EFI/A long name.txt"]);
  await put(fat, 17);
  const ntfs = await image("ntfs", 16);
  await tool(["mkfs.ntfs", "-q", "-F", "-L", "Windows", ntfs]);
  await tool(["ntfscp", ntfs, join(src, "etc", "deep", "big.bin"), "big.bin"]);
  await put(ntfs, 33);
  volumes = (await scanDisk(disk, (await stat(disk)).size, live)).map((volume, id) => ({
    disk,
    volume: { ...volume, id, diskId: 0 },
  }));
}, 60_000);
afterAll(async () => await rm(dir, { recursive: true, force: true }));

function at(index: number): OpenVolume {
  const volume = volumes[index];
  if (volume === undefined) throw new Error(`There is no volume ${index}`);
  return volume;
}

async function entry(index: number, folder: string, name: string) {
  const { entries } = await listFolder(at(index), folder, { offset: 0, limit: 500 });
  const found = entries.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is not among ${entries.map((each) => each.name).join(", ")}`);
  return found;
}

test("partitions are found with what is on them", () => {
  expect(volumes.map(({ volume }) => [volume.place, volume.fileSystem, volume.label, volume.problem])).toEqual([
    ["Partition 1", "ext4", "rootM-bM-^@M-.fs", null],
    ["Partition 2", "vfat", "BOOT", null],
    ["Partition 3", "ntfs", "Windows", null],
    ["Partition 4", null, "", "No file system was recognised here."],
  ]);
});

test("folders are listed by page, hostile names are escaped, links are shown", async () => {
  const page = await listFolder(at(0), "", { offset: 0, limit: 2 });
  expect(page).toMatchObject({ total: 4, isCut: false });
  expect(page.entries.map(({ name, kind }) => [name, kind])).toEqual([
    ["etc", "folder"],
    ["lost+found", "folder"],
  ]);
  const rest = await listFolder(at(0), "", { offset: 2, limit: 2 });
  expect(rest.entries.map(({ name }) => name)).toEqual(["new^line|x\\xff\\xfe", "n".repeat(255)]);
  const link = await entry(0, (await entry(0, "", "etc")).address, "link -> x");
  expect(link).toMatchObject({ kind: "link", target: "../../../etc/passwd" });
});

test.each([
  [0, ["etc", "deep"], "big.bin"],
  [2, [], "big.bin"],
])("content is what was written, on volume %i", async (index, folders, name) => {
  let folder = "";
  for (const each of folders) folder = (await entry(index, folder, each)).address;
  const file = await entry(index, folder, name);
  expect(file.bytes).toBe(big.length);
  const content = await buffer(readContent(at(index), file, live));
  expect(content.equals(big)).toBe(true);
});

test("a hostile name is downloaded by its number, and a short file fails instead of looking whole", async () => {
  const file = await entry(0, "", "new^line|x\\xff\\xfe");
  expect(String(await buffer(readContent(at(0), file, live)))).toBe("hostile");
  await expect(buffer(readContent(at(0), { ...file, bytes: 100 }, live))).rejects.toThrow("Only 7 of 100 bytes");
  await expect(buffer(readContent(at(0), { ...file, bytes: 3 }, live))).rejects.toThrow("longer");
});

test("a search finds names below a folder, with the folder they lie in", async () => {
  const { hits, isCut } = await searchFolder(at(0), "", "BIG");
  expect(isCut).toBe(false);
  expect(hits).toMatchObject([{ name: "big.bin", path: "etc/deep" }]);
  const { entries } = await listFolder(at(0), hits[0]?.folder ?? "", { offset: 0, limit: 10 });
  expect(entries.map(({ name }) => name)).toEqual(["big.bin"]);
  expect((await searchFolder(at(1), "", "long")).hits).toMatchObject([{ name: "A long name.txt", path: "EFI" }]);
});

test("a folder is an archive that tar unpacks, without links and inside one folder", async () => {
  const etc = await entry(0, "", "etc");
  const archive = join(dir, "etc.tar");
  const stream = await readArchive(at(0), { address: etc.address, name: ".." }, live, () => undefined);
  await writeFile(archive, stream);
  const out = join(dir, "out");
  await mkdir(out);
  await tool(["tar", "-xf", archive, "-C", out]);
  expect(await readdir(out)).toEqual(["_"]);
  expect((await readdir(join(out, "_"))).sort()).toEqual(["STRATA-LEFT-OUT.txt", "deep", "empty", "hello.txt"]);
  const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  expect(hash(await readFile(join(out, "_", "deep", "big.bin")))).toBe(hash(big));
  expect(await readFile(join(out, "_", "STRATA-LEFT-OUT.txt"), "utf8")).toContain("link -> x -> ../../../etc/passwd");
});

test("what reads a disk has no rights, no network, no file of ours, and cannot write", async () => {
  const look = async (...argv: string[]) => await runOnDisk(disk, argv, { timeoutMs: 10_000 });
  const status = (await look("cat", "/proc/self/status")).stdout;
  expect(status).toMatch(/NoNewPrivs:\s+1/);
  if (process.getuid?.() === 0) {
    expect(status).toMatch(/Uid:\s+65114\s+65114/);
    expect(status).toMatch(/CapEff:\s+0{16}/);
    const network = (await look("cat", "/proc/self/net/dev")).stdout.split("\n").filter((line) => line.includes(":"));
    expect(network).toEqual([expect.stringContaining("lo:")]);
    expect((await look("cat", join(dir, "ext"))).ok).toBe(false);
  }
  expect((await look("dd", "if=/dev/zero", "of=DISK", "count=1", "conv=notrunc")).ok).toBe(false);
});
