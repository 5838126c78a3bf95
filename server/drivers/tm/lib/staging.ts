import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { CLEANUP_MS } from "../../remote";
import { onHost, onHostGuarded } from "./host";

/** Every staged file and the folder on stable storage, then their lengths. */
const SEAL_SCRIPT = `
set -eu
cd -- "$1"; shift
sync -- "$@" .
stat -c '%s' -- "$@"
`;

/** `rm` on a link removes the link. */
const REMOVE_SCRIPT = `rm -rf -- "$1/backup"`;

/** Make the staged files durable; their lengths in order. qemu-img and qemu leave their writes in the page cache. */
export async function sealStaging(
  machine: Machine,
  vmDir: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<number[]> {
  const output = await onHostGuarded(
    machine,
    "write the copies to the disk",
    SEAL_SCRIPT,
    [`${vmDir}/backup`, ...files],
    {
      signal,
    },
  );
  const sizes = output.trim().split("\n").map(Number);
  if (sizes.length !== files.length || !sizes.every((size) => size > 0)) {
    throw new DriverError("The staged files are not complete.");
  }
  return sizes;
}

/** Remove `<vm_dir>/backup`; missing is fine. Runs after a cancel too, so it takes no signal but has a short limit. */
export async function removeStaging(machine: Machine, vmDir: string): Promise<void> {
  await onHost(machine, "remove the staging folder", REMOVE_SCRIPT, [vmDir], { timeoutMs: CLEANUP_MS });
}
