/** What the tm driver left in `<vm_dir>/backup` on the VM's host. */
import { parseQcow2Header, QCOW2_PROBE_BYTES, type Qcow2Header } from "../../../domain/qcow2-header";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { chainFileProblem } from "../../chain-file";
import { runScript } from "../../remote";
import type { StagedBackup } from "./backup-plan";
import { DISK_FILE, STORED_FILE } from "./stored";

export interface StagedFile {
  name: string;
  bytes: number;
  /** Null for vm.xml and for files that are no disks. */
  disk: { id: number; virtualSize: number } | null;
}

/** Folder, then for each file: length, name, first bytes as base64. */
const PROBE = `
set -eu
cd -- "$1"
for file in vm.xml disk.*; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then
    printf '%s %s ' "$(stat -c %s -- "$file")" "$file"
    head -c "$2" -- "$file" | base64 -w 0
    echo
  fi
done
`;
/** 256 disks with 4 KiB each as base64. */
const MAX_PROBE_OUTPUT = 4 * 1024 * 1024;

/**
 * List the staged files and check them: exactly the disks that were asked for, each a qcow2 file of its own.
 * @throws DriverError naming the file
 */
export async function probeStaging(
  host: Machine,
  stagingDir: string,
  plan: Pick<StagedBackup, "type" | "incrementId" | "diskIds">,
  signal: AbortSignal,
): Promise<StagedFile[]> {
  const args = [stagingDir, String(QCOW2_PROBE_BYTES)];
  const output = await runScript(host, "host", `read the staged backup in ${stagingDir}`, PROBE, args, {
    signal,
    maxOutputBytes: MAX_PROBE_OUTPUT,
  });
  const files = output.split("\n").flatMap((line): StagedFile[] => {
    const [bytes = "", name = "", head = ""] = line.split(" ");
    if (!/^\d+$/.test(bytes) || !STORED_FILE.test(name)) return [];
    const [, diskId, incrementId] = DISK_FILE.exec(name) ?? [];
    if (diskId === undefined) return [{ name, bytes: Number(bytes), disk: null }];
    if (Number(incrementId) !== plan.incrementId) {
      throw new DriverError(`${stagingDir}/${name} is not of increment ${plan.incrementId}; the staging is stale.`);
    }
    const header = headerOf(head, `${stagingDir}/${name}`, plan.type === "FULL");
    return [{ name, bytes: Number(bytes), disk: { id: Number(diskId), virtualSize: header.virtualSize } }];
  });
  if (!files.some((file) => file.name === "vm.xml")) throw new DriverError(`${stagingDir}/vm.xml is missing.`);
  const stagedIds = new Set(files.flatMap((file) => (file.disk === null ? [] : [file.disk.id])));
  for (const diskId of plan.diskIds) {
    if (!stagedIds.has(diskId)) {
      throw new DriverError(`${stagingDir}/disk.${diskId}.${plan.incrementId} is missing: the disk was not staged.`);
    }
  }
  const extra = [...stagedIds].find((diskId) => !plan.diskIds.includes(diskId));
  if (extra !== undefined) throw new DriverError(`${stagingDir} holds disk ${extra}, which was not asked for.`);
  return files;
}

function headerOf(base64: string, path: string, isFull: boolean): Qcow2Header {
  const parsed = parseQcow2Header(Buffer.from(base64, "base64"));
  if (!parsed.ok) throw new DriverError(`${path} cannot be stored: ${parsed.reason}.`);
  const problem = chainFileProblem(parsed.header, isFull ? null : []);
  if (problem !== null) throw new DriverError(`${path} cannot be stored: ${problem}.`);
  return parsed.header;
}
