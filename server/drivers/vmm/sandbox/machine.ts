/** The machine that a boot check starts: like the VM as far as its firmware and its disks go, and with nothing else. */
import { lstat, realpath } from "node:fs/promises";
import path from "node:path";
import { isUefi, whyNotBootable } from "../../../domain/boot-check";
import type { Argv } from "../../../lib/process";
import { findUefiFirmware, NO_UEFI_FIRMWARE, type UefiFirmware } from "../../../lib/uefi-firmware";
import { DriverError } from "../../action";
import { parseXml, type XmlElement } from "../../xml";

export type DiskBus = "virtio" | "ide" | "scsi";

export interface SandboxDisk {
  diskId: number;
  /** The restored copy, qcow2 without backing file; never written. */
  file: string;
  /** Takes what the guest writes; made anew for each start. */
  overlay: string;
  bus: DiskBus;
  /** From 1; null: the firmware does not try it. */
  bootIndex: number | null;
}

export interface Machine {
  isQ35: boolean;
  memoryMb: number;
  cpus: number;
  disks: SandboxDisk[];
  /** Files in the folder of kernels, when the VM boots a kernel from outside its disks. */
  kernel: { file: string; initrd: string | null; commandLine: string } | null;
  /** Null: a BIOS. `nvram` takes the guest's UEFI variables; it is made of `vars` for each start and thrown away. */
  uefi: (UefiFirmware & { nvram: string }) | null;
}

const MIN_MEMORY_MB = 64;
/** UEFI itself needs more than small guests have. */
const MIN_UEFI_MEMORY_MB = 256;
/** A boot check must not crowd out backups; a kernel shows itself with far less. */
const MAX_MEMORY_MB = 1024;
const MAX_DISKS = 16;
const IDE_SLOTS = { pc: 4, q35: 6 };

/**
 * @param files restored copies by disk id
 * @throws DriverError when such a machine cannot be built here
 */
export async function parseMachine(
  xml: string,
  files: ReadonlyMap<number, string>,
  kernelDir: string,
): Promise<Machine> {
  const vm = parseXml(xml);
  if (vm.name !== "VM") throw new DriverError("The document is not a VM.");
  const obstacle = whyNotBootable({ arch: vm.text("TEMPLATE/OS/ARCH") });
  if (obstacle !== null) throw new DriverError(obstacle);
  const isQ35 = /q35/.test(vm.text("TEMPLATE/OS/MACHINE"));
  const memory = Number(/^\d{1,9}$/.exec(vm.text("TEMPLATE/MEMORY"))?.[0] ?? MAX_MEMORY_MB);
  const disks = placeDisks(vm, files, isQ35);
  const kernel = await directKernel(vm, kernelDir);
  // A kernel from outside the disks is started without the firmware's boot manager: a BIOS shows the same.
  const uefi = kernel === null && isUefi(vm.text("TEMPLATE/OS/FIRMWARE")) ? await uefiFor(disks) : null;
  return {
    isQ35,
    memoryMb: Math.min(Math.max(memory, uefi === null ? MIN_MEMORY_MB : MIN_UEFI_MEMORY_MB), MAX_MEMORY_MB),
    cpus: Number(vm.text("TEMPLATE/VCPU")) > 1 ? 2 : 1,
    disks,
    kernel,
    uefi,
  };
}

/** The firmware of this machine: a template may name any file as its own. */
async function uefiFor(disks: readonly SandboxDisk[]): Promise<Machine["uefi"]> {
  const firmware = await findUefiFirmware();
  const [disk] = disks;
  if (firmware === null || disk === undefined) throw new DriverError(NO_UEFI_FIRMWARE);
  return { ...firmware, nvram: path.join(path.dirname(disk.file), "nvram.fd") };
}

/** Which bus a disk hangs on, by the name of its device as OpenNebula has it. */
function busOf(disk: XmlElement | undefined): DiskBus {
  const name = (disk?.text("TARGET") || disk?.text("DEV_PREFIX") || "vd").toLowerCase();
  if (name.startsWith("hd")) return "ide";
  return name.startsWith("sd") ? "scsi" : "virtio";
}

function placeDisks(vm: XmlElement, files: ReadonlyMap<number, string>, isQ35: boolean): SandboxDisk[] {
  if (files.size === 0) throw new DriverError("The point holds no disk that could be started.");
  if (files.size > MAX_DISKS) throw new DriverError(`A boot check starts at most ${MAX_DISKS} disks.`);
  const known = new Map(vm.all("TEMPLATE/DISK").map((disk) => [disk.text("DISK_ID"), disk]));
  const asked = vm
    .text("TEMPLATE/OS/BOOT")
    .toLowerCase()
    .split(",")
    .flatMap((word) => /^disk(\d{1,6})$/.exec(word.trim())?.[1] ?? []);
  const ids = [...files.keys()].sort((a, b) => a - b);
  const order = asked.length > 0 ? asked.map(Number).filter((id) => files.has(id)) : ids.slice(0, 1);
  // A BOOT that names no restored disk would start nothing at all.
  const boots = order.length > 0 ? order : ids.slice(0, 1);
  let ideLeft = isQ35 ? IDE_SLOTS.q35 : IDE_SLOTS.pc;
  return ids.map((diskId) => {
    const file = files.get(diskId) ?? "";
    const wanted = busOf(known.get(String(diskId)));
    if (wanted === "ide") ideLeft -= 1;
    const at = boots.indexOf(diskId);
    return {
      diskId,
      file,
      overlay: `${file}.overlay`,
      bus: wanted === "ide" && ideLeft < 0 ? "virtio" : wanted,
      bootIndex: at === -1 ? null : at + 1,
    };
  });
}

/**
 * OS/KERNEL names a file of a host, and whoever writes a template could name any. Only what an administrator put into the
 * folder of kernels is taken, by its last name.
 */
async function directKernel(vm: XmlElement, kernelDir: string): Promise<Machine["kernel"]> {
  const kernel = vm.text("TEMPLATE/OS/KERNEL");
  if (kernel === "") return null;
  const initrd = vm.text("TEMPLATE/OS/INITRD");
  const root = vm.text("TEMPLATE/OS/ROOT");
  const words = [root === "" ? "" : `root=/dev/${root}`, vm.text("TEMPLATE/OS/KERNEL_CMD")];
  return {
    file: await kernelFile(kernelDir, kernel),
    initrd: initrd === "" ? null : await kernelFile(kernelDir, initrd),
    commandLine: words
      .filter((word) => word !== "")
      .join(" ")
      .slice(0, 2000),
  };
}

async function kernelFile(kernelDir: string, named: string): Promise<string> {
  const file = path.join(kernelDir, path.basename(named));
  const isRegular = await lstat(file).then(
    (stat) => stat.isFile(),
    () => false,
  );
  if (!isRegular || path.basename(named) === "" || (await realpath(file)) !== file) {
    throw new DriverError(
      `The VM boots ${named} from outside its disks. Put that file into ${kernelDir} so that a boot check can use it.`,
    );
  }
  return file;
}

export interface Confinement {
  /** An empty folder that QEMU is locked into and may write to. */
  jail: string;
  /** User and group number without an account; null: not root, so the user stays. */
  uid: number | null;
  /** QEMU's version, e.g. [7, 2]: options to drop rights have changed their name. */
  version: readonly [number, number];
  hasNetworkNamespace: boolean;
  /** Most seconds of processor time. */
  cpuSeconds: number;
}

const MIB = 1024 * 1024;
/** QEMU beside the guest's memory: code, translated code, threads. */
const OVERHEAD_MB = 3072;
/** Most that a guest may write to one disk. */
const MAX_OVERLAY_BYTES = 1024 * MIB;

const SANDBOX = "obsolete=deny,spawn=deny,resourcecontrol=deny";

/** QEMU's command line: QMP on stdin and stdout, no network, no other device than disks, screen and console. */
export function qemuArgv(machine: Machine, accelerator: "kvm" | "tcg", confined: Confinement): Argv {
  const limits = [
    `--as=${(machine.memoryMb + OVERHEAD_MB) * MIB}`,
    `--fsize=${MAX_OVERLAY_BYTES}`,
    `--cpu=${confined.cpuSeconds}`,
    "--core=0",
    "--nofile=256",
  ];
  const program: [string, ...string[]] = [
    ...(["setpriv", "--no-new-privs", "--", "prlimit", ...limits, "--"] as const),
    "qemu-system-x86_64",
    ...["-no-user-config", "-nodefaults", "-nic", "none"],
    ...uefiNodes(machine).flatMap((node) => ["-blockdev", JSON.stringify(node)]),
    ...["-machine", `${machine.isQ35 ? "q35" : "pc"},usb=off,vmport=off${machine.uefi === null ? "" : PFLASH}`],
    ...["-accel", accelerator === "kvm" ? "kvm" : "tcg,thread=multi,tb-size=128", "-cpu", "max"],
    ...["-m", String(machine.memoryMb), "-smp", String(machine.cpus)],
    ...["-display", "none", "-device", "VGA"],
    ...["-chardev", "ringbuf,id=console,size=65536", "-device", "isa-serial,chardev=console"],
    ...["-chardev", "stdio,id=qmp,signal=off", "-mon", "chardev=qmp,mode=control"],
    ...["-boot", "strict=on,menu=off"],
    // A reset or a panic stops it where it is, so that the screen can still be read.
    ...["-action", "reboot=shutdown,shutdown=pause,panic=pause"],
    ...machine.disks.flatMap((disk) => ["-blockdev", JSON.stringify(diskNode(disk))]),
    ...diskDevices(machine),
    ...kernelOptions(machine),
    // As root it changes its user itself once everything is open, which elevateprivileges would forbid.
    ...["-sandbox", `${confined.uid === null ? "on,elevateprivileges=deny" : "on"},${SANDBOX}`],
    ...dropRights(confined),
  ];
  return confined.hasNetworkNamespace ? ["unshare", "--net", "--", ...program] : program;
}

const PFLASH = ",pflash0=uefi-code,pflash1=uefi-vars";

function uefiNodes({ uefi }: Machine): object[] {
  if (uefi === null) return [];
  const node = (name: string, filename: string, isReadOnly: boolean) => ({
    ...{ driver: "raw", "node-name": name, "read-only": isReadOnly },
    file: { driver: "file", filename, "read-only": isReadOnly },
  });
  return [node("uefi-code", uefi.code, true), node("uefi-vars", uefi.nvram, false)];
}

/** Both files by explicit names and formats; the copy is opened for reading alone. */
function diskNode({ diskId, file, overlay }: SandboxDisk): object {
  return {
    driver: "qcow2",
    "node-name": `disk${diskId}`,
    cache: { "no-flush": true },
    file: { driver: "file", filename: overlay },
    backing: {
      driver: "qcow2",
      "read-only": true,
      file: { driver: "file", filename: file, "read-only": true },
      backing: null,
    },
  };
}

function diskDevices({ disks, isQ35 }: Machine): string[] {
  const devices: string[] = disks.some((disk) => disk.bus === "scsi") ? ["-device", "virtio-scsi-pci,id=scsi0"] : [];
  let ide = 0;
  for (const { diskId, bus, bootIndex } of disks) {
    const common = `drive=disk${diskId}${bootIndex === null ? "" : `,bootindex=${bootIndex}`}`;
    if (bus === "virtio") devices.push("-device", `virtio-blk-pci,${common}`);
    if (bus === "scsi") devices.push("-device", `scsi-hd,bus=scsi0.0,${common}`);
    if (bus === "ide") {
      const place = isQ35 ? `bus=ide.${ide}` : `bus=ide.${Math.floor(ide / 2)},unit=${ide % 2}`;
      devices.push("-device", `ide-hd,${place},${common}`);
      ide += 1;
    }
  }
  return devices;
}

function kernelOptions({ kernel }: Machine): string[] {
  if (kernel === null) return [];
  return [
    ...["-kernel", kernel.file],
    ...(kernel.initrd === null ? [] : ["-initrd", kernel.initrd]),
    ...(kernel.commandLine === "" ? [] : ["-append", kernel.commandLine]),
  ];
}

/** From 9.1 on the old names are going away. Files, sockets and /dev/kvm are open before the rights are dropped. */
function dropRights({ uid, jail, version: [major, minor] }: Confinement): string[] {
  if (uid === null) return [];
  const user = `${uid}:${uid}`;
  const isNew = major > 9 || (major === 9 && minor >= 1);
  return isNew ? ["-run-with", `chroot=${comma(jail)},user=${user}`] : ["-chroot", jail, "-runas", user];
}

/** A comma ends a value of QEMU's options unless it is doubled. */
function comma(text: string): string {
  return text.replaceAll(",", ",,");
}
