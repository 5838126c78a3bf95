import { join } from "node:path";
import type { Core } from "../core";

/** The driver that starts a restored point where it can do no harm. */
export const BOOT_DRIVER = { family: "vmm", driver: "sandbox", action: "boot_check" } as const;

/** Folder of one boot check on this node: copies of disks that nobody else uses. */
export function scratchFolder(core: Core, actionId: number): string {
  return join(core.config.home, "scratch", `boot-${actionId}`);
}

/** Only kernels that an administrator has put here are given to a guest: a VM's template may name any file. */
export function kernelFolder(core: Core): string {
  return join(core.config.home, "kernels");
}

/** Why this node can start no machine, null when it can. */
export async function bootCheckProblem(core: Core): Promise<string | null> {
  const isThere = await core.drivers.has(BOOT_DRIVER);
  return isThere ? null : "The driver vmm/sandbox is missing, which starts machines for a boot check.";
}
