import { parseQcow2Header, unsafeReason } from "../../../domain/qcow2-header";
import { DriverError } from "../../action";
import type { DiskTarget } from "./arguments";
import { probeFiles } from "./probe";

/** The file the VM writes to, opened alone: what lies below it is not touched, so its name in the header is not followed. */
export interface TopLayer {
  diskId: number;
  /** All links resolved. */
  file: string;
  format: "qcow2" | "raw";
  /** Name for qemu-img. */
  name: string;
  /** Bytes the guest sees. */
  virtualSize: number;
}

/** `disk.<n>` of a target. */
export function diskIdOf({ path }: DiskTarget): number {
  return Number(path.slice(path.lastIndexOf(".") + 1));
}

/** Look at a disk before a qemu tool opens it. Throws DriverError when it is not there or its header is not to be trusted. */
export async function readTopLayer(target: DiskTarget, signal: AbortSignal): Promise<TopLayer> {
  const diskId = diskIdOf(target);
  const [facts] = await probeFiles(target.machine, [target.path], signal);
  if (facts === undefined) throw new DriverError(`No answer about ${target.path}.`);
  const file = { driver: "file", filename: facts.realPath };
  if (Buffer.from(facts.head.subarray(0, 4)).toString("latin1") !== "QFI\u00fb") {
    const name = `json:${JSON.stringify({ driver: "raw", file })}`;
    return { diskId, file: facts.realPath, format: "raw", name, virtualSize: facts.size };
  }
  const result = parseQcow2Header(facts.head);
  const reason = result.ok ? unsafeReason(result.header, true) : result.reason;
  if (!result.ok || reason !== null) {
    throw new DriverError(`Disk ${diskId} is refused: ${facts.path}: ${reason ?? "unknown"}.`);
  }
  const name = `json:${JSON.stringify({ driver: "qcow2", file, backing: null })}`;
  return { diskId, file: facts.realPath, format: "qcow2", name, virtualSize: result.header.virtualSize };
}
