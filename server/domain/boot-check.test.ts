import { expect, test } from "vitest";
import { type BootFacts, bootSentence, signsOfLife, whyNotBootable } from "./boot-check";

const SILENT: BootFacts = {
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

test.each([
  ["", "", null],
  ["x86_64", "BIOS", null],
  ["i686", "bios", null],
  ["aarch64", "", "aarch64"],
  ["", "UEFI", "UEFI"],
  ["", "/usr/share/OVMF/OVMF_CODE.fd", "UEFI"],
])("architecture %o with firmware %o", (arch, firmware, reason) => {
  const found = whyNotBootable({ arch, firmware });
  if (reason === null) expect(found).toBeNull();
  else expect(found).toContain(reason);
});
