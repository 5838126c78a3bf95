import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { env } from "../../lib/env";
import type { Core } from "../core";

/** The driver that starts a restored point where it can do no harm. */
export const BOOT_DRIVER = { family: "vmm", driver: "sandbox", action: "boot_check" } as const;

const PROGRAM = "qemu-system-x86_64";

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
  if (!(await core.drivers.has(BOOT_DRIVER))) {
    return "The driver vmm/sandbox is missing, which starts machines for a boot check.";
  }
  if (await isInPath(PROGRAM)) return null;
  return `${PROGRAM} is missing on the machine of Strata. Install qemu-system-x86 there to start machines for a boot check.`;
}

/** Can this program be started here? */
export async function isInPath(program: string): Promise<boolean> {
  for (const folder of env().PATH.split(":")) {
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
