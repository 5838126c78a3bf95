/** argv and document of `restore` and `postrestore` (docs/drivers.md). */
import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { parseXml, type XmlElement } from "../../xml";
import { parseId, parsePlace } from "../lib/arguments";
import type { DiskFormat } from "../lib/source";

export interface RestoreArguments {
  machine: Machine;
  vmDir: string;
  vmId: number;
  imageId: number;
  /** -1: the newest. */
  incrementId: number;
  /** Null: every disk that the backup and the VM have. */
  diskId: number | null;
}

/** `<host>:<vm_dir> <vm_id> <image_id> <inc_id or -1> <disk_id or -1>`, as in the reference. */
export function parseRestoreArguments(argv: readonly string[]): RestoreArguments {
  const [place, vm, image, increment = "-1", disk = "-1"] = argv;
  const { machine, path: vmDir } = parsePlace(place);
  const vmId = parseId(vm, "VM id");
  // The worst a wrong word could do is replace disks of another VM, so the folder must be what the id says.
  if (!/^\/.+\/\d{1,9}\/\d{1,9}$/.test(vmDir) || Number(path.basename(vmDir)) !== vmId) {
    throw new DriverError(`${vmDir} is not the folder of VM ${vmId}: expected …/<datastore>/${vmId}.`);
  }
  return {
    machine,
    vmDir,
    vmId,
    imageId: parseId(image, "image id"),
    incrementId: increment === "-1" ? -1 : parseId(increment, "increment id"),
    diskId: disk === "-1" ? null : parseId(disk, "disk id"),
  };
}

export interface RestoreDocument {
  root: XmlElement;
  /** Names this restore in the journal of the swap: the same when it is repeated. */
  restoreId: string;
  /** Disk id → URL, as `ls` prints it; null: ask the backup datastore's driver. */
  urls: Readonly<Record<string, string>> | null;
  /** Disk id → bytes the disk may take at most; missing for a core that does not say. */
  sizes: Readonly<Record<string, number>>;
  /** Folder on this machine for disks on their way to another one. */
  workDir: string | null;
  /** Format of each disk of the VM. */
  formats: ReadonlyMap<number, DiskFormat>;
}

const Urls = z.record(z.string().regex(/^\d{1,6}$|^tpm$/), z.string().max(65_536));
const Sizes = z.record(z.string().regex(/^\d{1,6}$/), z.number().int().min(0));

/** Throws DriverError when the document is not one of a restore of this VM. */
export function readRestoreDocument(xml: string, args: RestoreArguments): RestoreDocument {
  const root = parseXml(xml);
  if (root.text("VM/ID") !== String(args.vmId)) throw new DriverError(`The document is not of VM ${args.vmId}.`);
  const formats = new Map<number, DiskFormat>();
  for (const disk of root.all("VM/TEMPLATE/DISK")) {
    const id = disk.text("DISK_ID");
    const format = (disk.text("FORMAT") || disk.text("DRIVER")).toLowerCase();
    if (/^\d{1,6}$/.test(id) && (format === "qcow2" || format === "raw")) formats.set(Number(id), format);
  }
  const given = root.text("EXTRA_DATA/RESTORE_ID");
  if (given !== "" && !/^[0-9a-z-]{1,64}$/.test(given)) throw new DriverError("RESTORE_ID is not an id.");
  const workDir = root.text("EXTRA_DATA/WORK_DIR");
  if (workDir !== "" && !path.isAbsolute(workDir)) throw new DriverError("WORK_DIR is not an absolute path.");
  const urls = root.text("EXTRA_DATA/URLS");
  const sizes = root.text("EXTRA_DATA/SIZES");
  return {
    root,
    // Without an id of the core, the moment: a second restore of the same point must not pass for the first.
    restoreId: given || createHash("sha256").update(`${args.vmDir} ${Date.now()}`).digest("hex").slice(0, 24),
    urls: urls === "" ? null : parseJson(Urls, urls, "URLS"),
    sizes: sizes === "" ? {} : parseJson(Sizes, sizes, "SIZES"),
    workDir: workDir === "" ? null : workDir,
    formats,
  };
}

/** What `ls` has printed. Throws DriverError. */
export function parseUrls(text: string): Record<string, string> {
  return parseJson(Urls, text, "the answer of ls");
}

function parseJson<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new DriverError(`${what} cannot be understood.`);
  }
}
