/**
 * Make a disk file that is on the host already a disk of a VM: check it, then link it into the VM's folder. The file
 * itself is not touched, and stays when the VM is deleted.
 */
import path from "node:path";
import { type ActionInput, DriverError } from "../../action";
import { parseDiskTarget, parseId, parsePlace } from "./arguments";
import { onHost } from "./host";
import { probeFiles } from "./probe";
import { resolveSource } from "./source";

const LINK = `
set -eu
umask 077
mkdir -p -- "$(dirname -- "$2")"
ln -sfn -- "$1" "$2"
`;

/**
 * `adopt <host>:<file> <host>:<vm_dir>/disk.<n> <vm id> <format>` → JSON `{"virtualSize","format","path"}`, `path` with
 * all links resolved. Repeating it changes nothing.
 */
export async function adopt({ argv, signal }: ActionInput): Promise<string> {
  const [from, to, vm, format] = argv;
  const source = parsePlace(from);
  const target = parseDiskTarget(to, parseId(vm, "VM id"));
  if (source.machine.host !== target.machine.host) throw new DriverError("A disk file must be on the VM's own host.");
  if (format !== "qcow2" && format !== "raw") throw new DriverError(`Disk format ${format ?? ""} is not supported.`);
  const [facts] = await probeFiles(source.machine, [source.path], signal);
  if (facts === undefined) throw new DriverError(`No answer about ${source.path}.`);
  if (facts.size === 0) throw new DriverError(`${source.path} is empty: it holds no disk.`);
  const diskId = Number(path.extname(target.path).slice(1));
  const root = path.dirname(path.dirname(target.vmDir));
  const disk = await resolveSource(source.machine, diskId, format, facts, [root], signal);
  await onHost(target.machine, "link the disk into the VM's folder", LINK, [facts.realPath, target.path], { signal });
  return JSON.stringify({ virtualSize: disk.virtualSize, format, path: facts.realPath });
}
