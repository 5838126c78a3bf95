import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

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
