/** What a boot check can start, and what counts as a sign of life. */

/** Why a machine like this cannot be started by a boot check, null when it can. Values as the VM document has them. */
export function whyNotBootable(os: { arch: string; firmware: string }): string | null {
  const arch = os.arch.trim().toLowerCase();
  if (arch !== "" && arch !== "x86_64" && arch !== "i686") {
    return `The VM is of architecture ${arch.slice(0, 40)}; boot checks start x86 machines only.`;
  }
  const firmware = os.firmware.trim();
  if (firmware !== "" && firmware.toUpperCase() !== "BIOS") {
    return "The VM starts by UEFI; boot checks start machines with a BIOS only.";
  }
  return null;
}

/** What was seen of a machine so far. */
export interface BootFacts {
  /** Bytes on its serial console; the BIOS writes none. */
  consoleBytes: number;
  /** Is paging on? The BIOS and boot loaders leave it off. Null: not known. */
  isPaging: boolean | null;
  /** Size of the screen, null before it could be read. */
  screen: { width: number; height: number } | null;
  /** Read from all disks. A disk without a boot loader is read by the BIOS for a sector or two. */
  readBytes: number;
  /** The kernel came from outside the disks. */
  hasOwnKernel: boolean;
}

/** The text mode that the BIOS starts in. */
const BIOS_SCREEN = { width: 720, height: 400 };
/** A boot loader that finds nothing reads some KiB; a kernel has megabytes. */
const LOADED_BYTES = 1024 * 1024;

/** What shows that something beyond the firmware ran; empty: nothing does. */
export function signsOfLife(facts: BootFacts): string[] {
  const signs: string[] = [];
  if (facts.isPaging === true) {
    signs.push(facts.hasOwnKernel ? "the kernel from outside the disks runs" : "an operating system kernel runs");
  }
  if (facts.consoleBytes > 0) signs.push(`${facts.consoleBytes} bytes came on the serial console`);
  const { screen } = facts;
  if (screen !== null && (screen.width !== BIOS_SCREEN.width || screen.height !== BIOS_SCREEN.height)) {
    signs.push(`the screen went to ${screen.width}×${screen.height}`);
  }
  if (facts.readBytes >= LOADED_BYTES) signs.push(`${mib(facts.readBytes)} MiB were read from the disks`);
  return signs;
}

/** One sentence on what was seen. It never says that the machine works: nobody has looked at its services. */
export function bootSentence(facts: BootFacts, seconds: number, accelerator: "kvm" | "tcg"): string {
  const how = accelerator === "kvm" ? "with KVM" : "emulated, without KVM";
  const signs = signsOfLife(facts);
  if (signs.length === 0) {
    return `No sign of life in ${seconds} s (${how}): no kernel, nothing on the serial console, and ${kib(facts.readBytes)} KiB were read from the disks.`;
  }
  const text = signs.join(", ");
  return `Signs of life after ${seconds} s (${how}): ${text}.`;
}

function mib(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

function kib(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
