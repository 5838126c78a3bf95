import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { appError } from "../../domain/errors";
import { type Argv, run } from "../../lib/process";

const TOOL_MS = 120_000;

/** What a demo disk holds: path inside the file system → text, or a number of MiB of random bytes. */
export type DiskFiles = Record<string, string | { randomMb: number }>;

/**
 * Make a qcow2 disk with a real ext4 file system holding `files`, without mounting anything. Complete or absent: it is
 * built beside its place and renamed.
 */
export async function makeDisk(path: string, sizeMb: number, files: DiskFiles, signal: AbortSignal): Promise<void> {
  await withWorkFolder(dirname(path), async (work) => {
    const content = join(work, "content");
    await writeFiles(content, files, signal);
    const raw = join(work, "disk.raw");
    await tool(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", content, "-E", "root_owner=0:0", raw, `${sizeMb}M`], signal);
    const qcow2 = join(work, "disk.qcow2");
    await tool(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, qcow2], signal);
    await tool(["sync", qcow2], signal);
    await rename(qcow2, path);
  });
}

/**
 * Write `files` into the ext4 file system of a powered-off disk. Only the blocks that differ are written to the disk, by
 * qemu, so that its dirty bitmaps record them: the changed copy becomes an overlay of the present state (`rebase` keeps
 * what differs) and is committed.
 */
export async function changeDisk(path: string, files: DiskFiles, signal: AbortSignal): Promise<void> {
  await withWorkFolder(dirname(path), async (work) => {
    const content = join(work, "content");
    await writeFiles(content, files, signal);
    const raw = join(work, "changed.raw");
    await tool(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", path, raw], signal);
    const script = join(work, "commands");
    await writeFile(
      script,
      Object.keys(files)
        .flatMap((name) => [`rm ${name}`, `write ${join(content, name)} ${name}`])
        .join("\n"),
    );
    await tool(["/sbin/debugfs", "-w", "-f", script, raw], signal);
    const overlay = join(work, "overlay.qcow2");
    await tool(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", raw, overlay], signal);
    await tool(["qemu-img", "rebase", "-f", "qcow2", "-F", "qcow2", "-b", path, overlay], signal);
    await tool(["qemu-img", "commit", "-q", "-f", "qcow2", overlay], signal);
    await tool(["sync", path], signal);
  });
}

async function withWorkFolder(parent: string, work: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(join(parent, ".work-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeFiles(root: string, files: DiskFiles, signal: AbortSignal): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, name);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === "string") await writeFile(file, content);
    else
      await tool(["dd", "if=/dev/urandom", `of=${file}`, "bs=1M", `count=${content.randomMb}`, "status=none"], signal);
  }
}

async function tool(argv: Argv, signal: AbortSignal): Promise<void> {
  const result = await run(argv, { timeoutMs: TOOL_MS, signal });
  if (result.isCancelled) throw appError("CANCELLED");
  if (!result.ok) {
    const reason = result.spawnError ?? result.stderr.trim().slice(-500);
    throw appError("INTERNAL", { message: `${argv[0]} failed while making the demo disks: ${reason}` });
  }
}
