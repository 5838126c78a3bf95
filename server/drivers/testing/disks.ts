/** Real disks of a powered-off VM, written to between backups, and the chains that backups of them make. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { type Argv, run } from "../../lib/process";

const TOOL_MS = 120_000;
const MIB = 1024 * 1024;

/** Run a tool of the fixture; throws with its output when it fails. */
export async function tool(...argv: Argv): Promise<string> {
  const result = await run(argv, { timeoutMs: TOOL_MS, maxOutputBytes: 4 * MIB });
  if (!result.ok) throw new Error(`${argv.join(" ")}: ${result.spawnError ?? `${result.stderr}${result.stdout}`}`);
  return result.stdout;
}

/** A temporary folder and how to remove it. `name` may hold anything a path can. */
export async function tempDir(name = "strata disks "): Promise<{ dir: string; remove(): Promise<void> }> {
  const outer = await mkdtemp(path.join(tmpdir(), "strata-"));
  const dir = path.join(outer, name);
  await mkdir(dir);
  return { dir, remove: async () => await rm(outer, { recursive: true, force: true }) };
}

/** An empty qcow2 disk. */
export async function makeDisk(file: string, bytes: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await tool("qemu-img", "create", "-q", "-f", "qcow2", file, String(bytes));
}

/** A disk with an ext4 file system that holds `files`. Needs e2fsprogs, no root. */
export async function makeFilesystemDisk(
  file: string,
  bytes: number,
  format: "qcow2" | "raw",
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const { dir, remove } = await tempDir();
  try {
    const content = path.join(dir, "content");
    await mkdir(content);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(content, name)), { recursive: true });
      await writeFile(path.join(content, name), text);
    }
    const raw = path.join(dir, "disk.raw");
    await tool("mke2fs", "-q", "-t", "ext4", "-d", content, raw, `${Math.floor(bytes / 1024)}k`);
    await tool("truncate", "-s", String(bytes), raw);
    await mkdir(path.dirname(file), { recursive: true });
    await tool("qemu-img", "convert", "-f", "raw", "-O", format, raw, file);
  } finally {
    await remove();
  }
}

/** qemu-io commands on a disk, e.g. `write -P 7 1M 64k`, `write -z 8M 1M`, `discard 9M 1M`. */
export async function change(file: string, ...commands: readonly string[]): Promise<void> {
  await tool("qemu-io", "-f", "qcow2", ...commands.flatMap((command) => ["-c", command]), file);
}

/** Numbers below 1, always the same for one seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A guest at work: scattered writes of odd sizes, zeroed and discarded ranges. */
export function scatteredChanges(random: () => number, bytes: number, count = 12): string[] {
  return Array.from({ length: count }, (_, index) => {
    const length = 512 * (1 + Math.floor(random() * 600));
    const offset = 512 * Math.floor((random() * (bytes - length)) / 512);
    if (index % 4 === 2) return `write -z ${offset} ${length}`;
    if (index % 4 === 3) return `discard ${offset} ${length}`;
    return `write -P ${1 + Math.floor(random() * 255)} ${offset} ${length}`;
  });
}

export interface VmDocumentOptions {
  vmId: number;
  mode?: "FULL" | "INCREMENT";
  incrementMode?: "CBT" | "SNAPSHOT";
  /** LAST_INCREMENT_ID. */
  parentId?: number;
  /** LAST_BACKUP_ID; default none, as other cores. */
  lastBackupId?: string;
  fsFreeze?: "NONE" | "AGENT" | "SUSPEND";
  disks: readonly { id: number; format?: string; type?: string }[];
}

/** The VM document as far as pre-backups read it. */
export function vmXml({
  vmId,
  mode = "INCREMENT",
  incrementMode = "CBT",
  parentId = -1,
  lastBackupId = "",
  fsFreeze = "NONE",
  disks,
}: VmDocumentOptions): string {
  const template = disks.map(
    ({ id, format = "qcow2", type = "FILE" }) =>
      `<DISK><DISK_ID>${id}</DISK_ID><FORMAT>${format}</FORMAT><TYPE>${type}</TYPE></DISK>`,
  );
  const config = `<MODE>${mode}</MODE><INCREMENT_MODE>${incrementMode}</INCREMENT_MODE><LAST_INCREMENT_ID>${parentId}</LAST_INCREMENT_ID><LAST_BACKUP_ID>${lastBackupId}</LAST_BACKUP_ID><FS_FREEZE>${fsFreeze}</FS_FREEZE>`;
  return `<VM><ID>${vmId}</ID><BACKUPS><BACKUP_CONFIG>${config}</BACKUP_CONFIG></BACKUPS><TEMPLATE>${template.join("")}</TEMPLATE></VM>`;
}

/** Stored files of a disk, oldest first, as one disk: what a restore reads. Stored files name no backing file. */
export function chainName(files: readonly string[]): string {
  let node: object | null = null;
  for (const filename of files) node = { driver: "qcow2", file: { driver: "file", filename }, backing: node };
  return `json:${JSON.stringify(node)}`;
}

/** A plain file under the `json:` form, so that any file name works with every qemu tool. */
export function fileName(filename: string, driver: "qcow2" | "raw" = "qcow2"): string {
  return `json:${JSON.stringify({ driver, file: { driver: "file", filename } })}`;
}

/** Whether the guest would read the same from both; other errors are thrown. */
export async function isSameContent(a: string, b: string): Promise<boolean> {
  const result = await run(["qemu-img", "compare", a, b], { timeoutMs: TOOL_MS });
  if (result.exitCode === 0 || result.exitCode === 1) return result.exitCode === 0;
  throw new Error(`qemu-img compare: ${result.stderr}`);
}

/** The disk as it is now, with its own copy of any backing file's content. */
export async function snapshotOf(file: string, copy: string): Promise<void> {
  await mkdir(path.dirname(copy), { recursive: true });
  await tool("qemu-img", "convert", "-O", "qcow2", fileName(file), copy);
}

const ImageInfo = z.object({
  "format-specific": z.object({ data: z.object({ bitmaps: z.array(z.object({ name: z.string() })).default([]) }) }),
});

/** Names of the persistent bitmaps of a disk. */
export async function bitmapsOf(file: string): Promise<string[]> {
  const info = ImageInfo.parse(JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(file))));
  return info["format-specific"].data.bitmaps.map((bitmap) => bitmap.name);
}

/** Move what a pre-backup staged to where a repository would keep it. */
export async function store(vmDir: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await cp(path.join(vmDir, "backup"), to, { recursive: true });
}
