import path from "node:path";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { probeFiles } from "../../tm/lib/probe";
import { resolveSource } from "../../tm/lib/source";

/**
 * The real path of a disk file, after its header was checked: a qcow2 that names a foreign backing file would show that
 * file of the host to the guest.
 */
export async function checkedFile(
  machine: Machine,
  file: string,
  disk: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const [facts] = await probeFiles(machine, [file], signal);
  if (facts === undefined) throw new DriverError(`No answer about ${file}.`);
  const format = (disk["FORMAT"] ?? disk["DRIVER"] ?? "raw").toLowerCase();
  const isCdrom = (disk["TYPE"] ?? "").toUpperCase() === "CDROM";
  if (format === "qcow2" && !isCdrom) {
    const id = Number(disk["DISK_ID"] ?? "0");
    await resolveSource(machine, id, "qcow2", facts, [path.dirname(path.dirname(path.dirname(file)))], signal);
  }
  return facts.realPath;
}
