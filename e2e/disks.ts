import { execFile } from "node:child_process";
import { mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { bootSector } from "../server/drivers/testing/boot-sector";

const exec = promisify(execFile);

/** Keep a disk as it is now, with everything below it. */
export async function copyDisk(file: string, copy: string): Promise<void> {
  await exec("qemu-img", ["convert", "-U", "-f", "qcow2", "-O", "qcow2", file, copy]);
}

/** Do two disks read the same, byte for byte? Anything but "yes" and "no" is an error. */
export async function isSameDisk(a: string, b: string): Promise<boolean> {
  try {
    await exec("qemu-img", ["compare", "-U", "-f", "qcow2", "-F", "qcow2", a, b]);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 1) return false;
    throw error;
  }
}

/** The first disk of the demo web server. */
export function demoDisk(home: string): string {
  return path.join(home, "demo", "demo-web-01", "system.qcow2");
}

/** A disk in the folder of a VM. */
export function vmDisk(home: string, vmId: number, diskId: number): string {
  return path.join(home, "datastores", "0", String(vmId), `disk.${diskId}`);
}

/** Make a disk whose first `dataMb` MiB hold data; the rest has never been written. */
export async function makeDisk(file: string, sizeMb: number, dataMb: number): Promise<void> {
  await exec("qemu-img", ["create", "-q", "-f", "qcow2", file, `${sizeMb}M`]);
  await exec("qemu-io", ["-f", "qcow2", "-c", `write -q -P 0x5a 0 ${dataMb}M`, file]);
}

/** Change 256 KiB of a disk in place, so that what marks its changes sees it; `pattern` as in 0x31. */
export async function writeDisk(file: string, pattern: string): Promise<void> {
  await exec("qemu-io", ["-f", "qcow2", "-c", `write -q -P ${pattern} 1M 256k`, file]);
}

/** Make a disk of 1 MiB that boots, says so on its console and halts; behind its boot sector are `files`, by name. */
export async function makeBootableDisk(file: string, files: Record<string, string> = {}): Promise<void> {
  const raw = `${file}.raw`;
  const content = `${file}.content`;
  await mkdir(content);
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(content, name), text);
  await exec("/sbin/mke2fs", ["-q", "-t", "ext2", "-d", content, raw, "1M"]);
  const disk = await open(raw, "r+");
  await disk.write(bootSector(), 0, 512, 0); // the file system begins behind its first 1024 bytes
  await disk.close();
  await exec("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, file]);
  await rm(raw);
  await rm(content, { recursive: true });
}

/** Sizes of the files in an archive, the smallest first; unzip checks their checksums. */
export async function unzipped(archive: string): Promise<number[]> {
  const { stdout } = await exec("unzip", ["-t", archive]);
  if (!stdout.includes("No errors")) throw new Error(stdout);
  const list = await exec("unzip", ["-l", archive]);
  const sizes = list.stdout.split("\n").flatMap((line) => {
    const [, size = "", name = ""] = /^\s*(\d+)\s+\S+\s+\S+\s+(.+)$/.exec(line) ?? [];
    return name === "" || name.endsWith("/") ? [] : [Number(size)];
  });
  return sizes.sort((a, b) => a - b);
}

/** What a folder holds; nothing when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
