/** What a boot check can start, and what counts as a sign of life. */

/** Why a machine like this cannot be started by a boot check, null when it can. Values as the VM document has them. */
export function whyNotBootable(os: { arch: string }): string | null {
  const arch = os.arch.trim().toLowerCase();
  if (arch !== "" && arch !== "x86_64" && arch !== "i686") {
    return `The VM is of architecture ${arch.slice(0, 40)}; boot checks start x86 machines only.`;
  }
  return null;
}

/** Does a machine start by UEFI? OS/FIRMWARE holds BIOS, UEFI or the path of a firmware file, which is UEFI too. */
export function isUefi(firmware: string): boolean {
  const word = firmware.trim().toUpperCase();
  return word !== "" && word !== "BIOS";
}

/**
 * What followed on the console after UEFI gave control to a boot loader on a disk; null when it did not yet. Its own
 * shell comes from the firmware volume, `Fv(…)`, and is none.
 */
export function afterUefi(console: string): string | null {
  const found = /BdsDxe: starting Boot[0-9A-F]{4} "[^"]{0,200}" from (?!Fv\()[^\r\n]*\r?\n/.exec(console);
  return found === null ? null : console.slice(found.index + found[0].length);
}

/** What was seen of a machine so far. */
export interface BootFacts {
  /** UEFI turns on paging, sets the screen and writes to the console by itself: none of these is a sign then. */
  isUefi: boolean;
  /** UEFI has started a boot loader from a disk. */
  hasLoaderStarted: boolean;
  /** Bytes on its serial console; the BIOS writes none. With UEFI those of its own are not counted. */
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
  if (facts.hasLoaderStarted) signs.push("UEFI started a boot loader from a disk");
  if (facts.isPaging === true && !facts.isUefi) {
    signs.push(facts.hasOwnKernel ? "the kernel from outside the disks runs" : "an operating system kernel runs");
  }
  if (facts.consoleBytes > 0) signs.push(`${facts.consoleBytes} bytes came on the serial console`);
  const { screen } = facts;
  if (
    screen !== null &&
    !facts.isUefi &&
    (screen.width !== BIOS_SCREEN.width || screen.height !== BIOS_SCREEN.height)
  ) {
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
