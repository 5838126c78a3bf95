import { expect, test } from "vitest";
import { afterUefi, type BootFacts, bootSentence, isUefi, signsOfLife, whyNotBootable } from "./boot-check";

const SILENT: BootFacts = {
  isUefi: false,
  hasLoaderStarted: false,
  consoleBytes: 0,
  isPaging: false,
  screen: { width: 720, height: 400 },
  readBytes: 512,
  hasOwnKernel: false,
};

test("what the firmware does by itself is no sign of life", () => {
  expect(signsOfLife(SILENT)).toEqual([]);
  expect(signsOfLife({ ...SILENT, isPaging: null, screen: null, readBytes: 64 * 1024 })).toEqual([]);
  expect(bootSentence(SILENT, 120, "tcg")).toBe(
    "No sign of life in 120 s (emulated, without KVM): no kernel, nothing on the serial console, and 1 KiB were read from the disks.",
  );
});

test.each<[Partial<BootFacts>, string]>([
  [{ isPaging: true }, "an operating system kernel runs"],
  [{ isPaging: true, hasOwnKernel: true }, "the kernel from outside the disks runs"],
  [{ consoleBytes: 6 }, "6 bytes came on the serial console"],
  [{ screen: { width: 1024, height: 768 } }, "the screen went to 1024×768"],
  [{ readBytes: 5 * 1024 * 1024 }, "5 MiB were read from the disks"],
])("%o is one", (change, sign) => {
  expect(signsOfLife({ ...SILENT, ...change })).toEqual([sign]);
  expect(bootSentence({ ...SILENT, ...change }, 3, "kvm")).toBe(`Signs of life after 3 s (with KVM): ${sign}.`);
});

test("what UEFI does by itself is no sign of life, a boot loader that it starts is one", () => {
  const uefi = { ...SILENT, isUefi: true, isPaging: true, screen: { width: 1280, height: 800 } };
  expect(signsOfLife(uefi)).toEqual([]);
  expect(signsOfLife({ ...uefi, hasLoaderStarted: true })).toEqual(["UEFI started a boot loader from a disk"]);
  expect(signsOfLife({ ...uefi, readBytes: 5 * 1024 * 1024 })).toEqual(["5 MiB were read from the disks"]);
});

test.each([
  ['BdsDxe: starting Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x3,0x0)\r\nhello', "hello"],
  ['BdsDxe: starting Boot0003 "debian" from HD(1,GPT,ab)/\\EFI\\debian\\shimx64.efi\r\n', ""],
  ['BdsDxe: starting Boot0001 "EFI Internal Shell" from Fv(7CB8BDC9)/FvFile(7C04A583)\r\nShell> ', null],
  ['BdsDxe: failed to load Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x3,0x0): Not Found\r\n', null],
  ["", null],
])("after the firmware on the console %o comes %o", (console, rest) => {
  expect(afterUefi(console)).toBe(rest);
});

test.each([
  ["", null],
  ["x86_64", null],
  ["i686", null],
  ["aarch64", "aarch64"],
])("architecture %o", (arch, reason) => {
  const found = whyNotBootable({ arch });
  if (reason === null) expect(found).toBeNull();
  else expect(found).toContain(reason);
});

test.each([
  ["", false],
  ["bios", false],
  ["UEFI", true],
  ["/usr/share/OVMF/OVMF_CODE.fd", true],
])("firmware %o is UEFI: %o", (firmware, expected) => {
  expect(isUefi(firmware)).toBe(expected);
});
