import { AppError } from "../../../domain/errors";
import { diskElement } from "../../../domain/libvirt/disk-xml";
import type { TemplateVector } from "../../../domain/template";
import { DriverError } from "../../action";
import { parseXml, type XmlElement } from "../../xml";

/**
 * The disk that an attach is about: the DISK with ATTACH=YES of the VM document, as OpenNebula marks it. The document is
 * `<VM>`, or has one inside.
 */
export function attachedDisk(xml: string): TemplateVector {
  const root = parseXml(xml);
  const vm = root.name === "VM" ? root : root.first("VM");
  const disk = vm?.all("TEMPLATE/DISK").find((each) => each.text("ATTACH").toUpperCase() === "YES");
  if (disk === undefined) throw new DriverError("The document names no disk to attach (DISK with ATTACH=YES).");
  return vectorOf(disk);
}

function vectorOf(disk: XmlElement): TemplateVector {
  return Object.fromEntries(disk.children().map((value) => [value.name.toUpperCase(), value.value]));
}

/** `<disk>` for `virsh attach-device`. Throws DriverError naming the value that cannot be used. */
export function attachXml(disk: TemplateVector, at: { vmId: number; vmDir: string; isQ35: boolean }): string {
  try {
    return diskElement(disk, at).xml;
  } catch (error) {
    if (error instanceof AppError) throw new DriverError(error.message);
    throw error;
  }
}
