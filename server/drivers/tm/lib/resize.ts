import { type ActionInput, DriverError } from "../../action";
import { parseDiskTarget, parseId } from "./arguments";
import { onHost } from "./host";
import { foldOverlays } from "./overlay/fold";
import { diskIdOf, readTopLayer } from "./top-layer";

const MIB = 1024 * 1024;
/** 64 TiB, the largest disk qcow2 headers may claim here. */
const MAX_SIZE_MB = 64 * 1024 * 1024;

/** $1 name for qemu, $2 file, $3 bytes. */
const RESIZE_SCRIPT = `
set -eu
qemu-img resize -q "$1" "$3"
sync -- "$2"
`;

/**
 * `resize <host>:<vm_dir>/disk.<n> <size MiB> <vm id>`: grow the disk of a powered-off VM. A disk that has the size is
 * fine; a smaller size is refused, because it would cut off data.
 */
export async function resizeDisk({ argv, signal, log }: ActionInput): Promise<string> {
  const target = parseDiskTarget(argv[0], parseId(argv[2], "VM id"));
  const sizeMb = parseId(argv[1], "size in MiB");
  if (sizeMb < 1 || sizeMb > MAX_SIZE_MB) throw new DriverError(`A disk of ${sizeMb} MiB cannot be made.`);
  await foldOverlays({ ...target, log, signal }, [diskIdOf(target)]);
  const top = await readTopLayer(target, signal);
  if (top.virtualSize === sizeMb * MIB) return "";
  if (top.virtualSize > sizeMb * MIB) {
    throw new DriverError(`Disk ${top.diskId} has ${Math.ceil(top.virtualSize / MIB)} MiB: it cannot be made smaller.`);
  }
  const args = [top.name, top.file, String(sizeMb * MIB)];
  await onHost(target.machine, `resize disk ${top.diskId}`, RESIZE_SCRIPT, args);
  return "";
}
