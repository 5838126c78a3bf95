import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
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
  volumes = await opened(disk);
}, 60_000);
afterAll(async () => await rm(dir, { recursive: true, force: true }));

async function opened(path: string): Promise<OpenVolume[]> {
  const program = join(inject("remotesDir"), "../guest/reader.mjs");
  const found = await scanDisk({ path, bytes: (await stat(path)).size, id: 0, program }, live);
  return found.map((volume, id) => ({ disk: path, program, volume: { ...volume, id, diskId: 0 } }));
}

function at(index: number): OpenVolume {
  const volume = volumes[index];
  if (volume === undefined) throw new Error(`There is no volume ${index}`);
  return volume;
}

async function entry(index: number | OpenVolume, folder: string, name: string) {
  const volume = typeof index === "number" ? at(index) : index;
  const { entries } = await listFolder(volume, folder, { offset: 0, limit: 500 });
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

test.each(["zip", "tar"] as const)(
  "a folder is an archive that is unpacked, without links and inside one folder: %s",
  async (format) => {
    const etc = await entry(0, "", "etc");
    const archive = join(dir, `etc.${format}`);
    const folder = { address: etc.address, name: "..", format };
    await writeFile(
      archive,
      readArchive(at(0), folder, live, () => undefined),
    );
    const out = join(dir, `out ${format}`);
    await mkdir(out);
    await tool(format === "tar" ? ["tar", "-C", out, "-xf", archive] : ["unzip", "-q", "-d", out, archive]);
    expect(await readdir(out)).toEqual(["_"]);
    expect((await readdir(join(out, "_"))).sort()).toEqual(["STRATA-LEFT-OUT.txt", "deep", "empty", "hello.txt"]);
    const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    expect(hash(await readFile(join(out, "_", "deep", "big.bin")))).toBe(hash(big));
    expect(await readFile(join(out, "_", "STRATA-LEFT-OUT.txt"), "utf8")).toContain("link -> x -> ../../../etc/passwd");
  },
);

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

test("an archive that breaks off in the middle fails, and one that is not a folder says so", async () => {
  const cut = join(dir, "cut.raw");
  await tool(["cp", "--sparse=always", disk, cut]);
  const { address } = await entry(0, "", "etc");
  const big = await entry(0, (await entry(0, address, "deep")).address, "big.bin");
  // The names are still there, the content is not: icat finds the end of the disk.
  await tool(["truncate", "-s", "5M", cut]);
  const folder = { address, name: "etc", format: "zip" } as const;
  await expect(buffer(readArchive({ ...at(0), disk: cut }, folder, live, () => undefined))).rejects.toThrow();
  await expect(buffer(readContent({ ...at(0), disk: cut }, big, live))).rejects.toThrow();
});

test("XFS: folders of every shape, links and content, and a feature that is not known is named", async () => {
  const image = join(dir, "xfs.raw");
  const names = Array.from({ length: 3000 }, (_, index) => `many-${String(index).padStart(5, "0")}`);
  const files = names.map((name) => `${name} ---640 7 8 ${join("src", "etc", "hello.txt")}`);
  const proto = [
    "/dev/null",
    "0 0",
    "d--755 0 0",
    "big ---711 0 0 src/etc/deep/big.bin",
    "up l--777 0 0 ../../etc/passwd",
  ];
  const few = ["few d--755 0 0", "a ---600 0 0 src/etc/hello.txt", "$"];
  await writeFile(join(dir, "proto"), [...proto, ...few, "many d--755 0 0", ...files, "$", "$", ""].join("\n"));
  await tool(["truncate", "-s", "400M", image]);
  const made = await run(["mkfs.xfs", "-q", "-L", "rhel", "-p", "proto", image], { cwd: dir, timeoutMs: 30_000 });
  expect(made.stderr).toBe("");
  const [xfs] = await opened(image);
  if (xfs === undefined) throw new Error("There is no volume");
  expect(xfs.volume).toMatchObject({ fileSystem: "xfs", label: "rhel", problem: null });
  const top = await listFolder(xfs, "", { offset: 0, limit: 10 });
  expect(top.entries.map(({ name, kind, mode, target }) => [name, kind, mode, target])).toEqual([
    ["few", "folder", "rwxr-xr-x", null],
    ["many", "folder", "rwxr-xr-x", null],
    ["big", "file", "rwx--x--x", null],
    ["up", "link", "rwxrwxrwx", "../../etc/passwd"],
  ]);
  const content = await buffer(readContent(xfs, await entry(xfs, "", "big"), live));
  expect(content.equals(big)).toBe(true);
  const many = await entry(xfs, "", "many");
  const page = await listFolder(xfs, many.address, { offset: 2990, limit: 500 });
  expect([page.total, page.entries.map(({ name }) => name)]).toEqual([3000, names.slice(2990)]);
  expect((await searchFolder(xfs, "", "MANY-01234")).hits).toMatchObject([{ path: "many", mode: "rw-r-----" }]);
  const folder = { address: (await entry(xfs, "", "few")).address, name: "few", format: "tar" } as const;
  await writeFile(
    join(dir, "few.tar"),
    readArchive(xfs, folder, live, () => undefined),
  );
  expect((await tool(["tar", "-tf", join(dir, "few.tar")])).split("\n")).toEqual(["few/a", ""]);

  const newer = Buffer.alloc(4);
  newer.writeUInt32BE(0x80000001);
  const file = await open(image, "r+");
  await file.write(newer, 0, 4, 216);
  await file.close();
  expect((await opened(image))[0]?.volume.problem).toContain(
    "newer than what can be read here (incompatible 0x80000000)",
  );
});
