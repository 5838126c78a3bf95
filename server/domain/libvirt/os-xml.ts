import { isYes, type Template, type TemplateVector, vectors } from "../template";
import { readDisks } from "../vm-disks";
import type { Xml } from "../xml/builder";
import { HostPath, Word } from "./grammar";
import { tag } from "./markup";
import { refuse } from "./refusal";
import { oneOf, parse } from "./values";

/** How a domain boots: OS, FEATURES. */

const ARCHS = ["x86_64", "i686", "aarch64", "ppc64", "ppc64le", "s390x"];
const MACHINE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Firmware that distributions ship; any other file of a host is not a firmware. */
const FIRMWARE = /^\/usr\/share\/(OVMF|AAVMF|edk2|edk2-ovmf|qemu)\/[A-Za-z0-9._/-]+\.(fd|qcow2|bin)$/;

export interface OsInput {
  vmId: number;
  template: Template;
  vmDir: string;
}

function osVector(template: Template): TemplateVector {
  return vectors(template, "OS")[0] ?? {};
}

/** Machine type, empty when the template leaves it to libvirt. */
export function machineOf({ vmId, template }: Pick<OsInput, "vmId" | "template">): string {
  const machine = (osVector(template)["MACHINE"] ?? "").trim();
  if (machine !== "" && !MACHINE.test(machine))
    throw refuse(vmId, `MACHINE is "${machine.slice(0, 80)}", not a machine type.`);
  return machine;
}

/** `<os>`; boot devices are named on the devices themselves (`bootOrder`). */
export function osElement(input: OsInput): Xml {
  const { vmId, template, vmDir } = input;
  const os = osVector(template);
  const arch = oneOf((os["ARCH"] ?? "x86_64").trim(), ARCHS, vmId, "ARCH");
  const firmware = (os["FIRMWARE"] ?? "").trim();
  const isUefi = firmware.toUpperCase() === "UEFI" || firmware.startsWith("/");
  const isSecure = isYes(os["FIRMWARE_SECURE"]);
  const loader = firmware.startsWith("/")
    ? [
        tag(
          "loader",
          { readonly: "yes", type: "pflash", secure: isSecure ? "yes" : undefined },
          firmwarePath(firmware, vmId),
        ),
      ]
    : firmware.toUpperCase() === "UEFI" && isSecure
      ? [tag("loader", { secure: "yes" })]
      : [];
  if (firmware !== "" && !isUefi && firmware.toUpperCase() !== "BIOS") {
    throw refuse(vmId, `FIRMWARE is "${firmware.slice(0, 80)}"; it may be BIOS, UEFI or a firmware file of the host.`);
  }
  return tag("os", { firmware: firmware.toUpperCase() === "UEFI" ? "efi" : undefined }, [
    tag("type", { arch, machine: machineOf(input) || undefined }, "hvm"),
    ...loader,
    // The guest's own boot settings, beside its disks.
    ...(isUefi ? [tag("nvram", {}, `${vmDir}/VM_NVRAM.fd`)] : []),
    ...directBoot(os, vmId),
  ]);
}

function firmwarePath(path: string, vmId: number): string {
  if (!FIRMWARE.test(path) || path.includes(".."))
    throw refuse(vmId, `FIRMWARE is "${path.slice(0, 80)}", not a firmware file.`);
  return path;
}

/** KERNEL, INITRD and KERNEL_CMD; ROOT is put into the command line, as the reference does. */
function directBoot(os: TemplateVector, vmId: number): Xml[] {
  const kernel = os["KERNEL"] ?? "";
  if (kernel === "") return [];
  const initrd = os["INITRD"] ?? "";
  const root = os["ROOT"] ?? "";
  const line = [root === "" ? "" : `root=/dev/${parse(Word, root, vmId, "OS/ROOT")}`, os["KERNEL_CMD"] ?? ""]
    .filter((word) => word !== "")
    .join(" ");
  return [
    tag("kernel", {}, parse(HostPath, kernel, vmId, "OS/KERNEL")),
    ...(initrd === "" ? [] : [tag("initrd", {}, parse(HostPath, initrd, vmId, "OS/INITRD"))]),
    ...(line === "" ? [] : [tag("cmdline", {}, line)]),
  ];
}

/**
 * Boot order of devices from OS/BOOT (`disk0,nic1`): key → position from 1. Without BOOT the first disk that is not a
 * CD-ROM boots, and nothing is asked for when a kernel is given.
 */
export function bootOrder({ vmId, template }: Pick<OsInput, "vmId" | "template">): ReadonlyMap<string, number> {
  const os = osVector(template);
  const words = (os["BOOT"] ?? "")
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
  const bad = words.find((word) => !/^(disk|nic)\d{1,6}$/.test(word));
  if (bad !== undefined) throw refuse(vmId, `BOOT names "${bad.slice(0, 40)}"; it may name disk<id> and nic<id>.`);
  if (words.length > 0) return new Map([...new Set(words)].map((word, index) => [word, index + 1]));
  const first = readDisks(template).find((disk) => !/CDROM$/.test(disk.type) && disk.type !== "SWAP");
  return first === undefined || (os["KERNEL"] ?? "") !== "" ? new Map() : new Map([[`disk${first.diskId}`, 1]]);
}

/** `<features>` and `<clock>`; ACPI is on unless the template says no, because a guest is shut down by it. */
export function featureElements(template: Template, machine: { isSecure: boolean }): Xml[] {
  const features = vectors(template, "FEATURES")[0] ?? {};
  const isOn = (name: string, byDefault: boolean) => (features[name] === undefined ? byDefault : isYes(features[name]));
  const names = [
    ...(isOn("PAE", false) ? [tag("pae")] : []),
    ...(isOn("ACPI", true) ? [tag("acpi")] : []),
    ...(isOn("APIC", true) ? [tag("apic")] : []),
    ...(isOn("HYPERV", false)
      ? [
          tag(
            "hyperv",
            {},
            HYPERV.map((name) => tag(name, { state: "on" })),
          ),
        ]
      : []),
    ...(machine.isSecure ? [tag("smm", { state: "on" })] : []),
  ];
  return [
    ...(names.length === 0 ? [] : [tag("features", {}, names)]),
    tag("clock", { offset: isOn("LOCALTIME", false) ? "localtime" : "utc" }),
  ];
}

const HYPERV = ["relaxed", "vapic"];

/** Does the template ask for secure boot? */
export function isSecureBoot(template: Template): boolean {
  return isYes(osVector(template)["FIRMWARE_SECURE"]);
}

/** Is the port of qemu-guest-agent wanted? */
export function hasGuestAgent(template: Template): boolean {
  return isYes(vectors(template, "FEATURES")[0]?.["GUEST_AGENT"]);
}

/** OS/UUID: the identity that the guest sees. */
export function uuidOf(template: Template): string | null {
  const uuid = (osVector(template)["UUID"] ?? "").trim().toLowerCase();
  return uuid === "" ? null : uuid;
}
