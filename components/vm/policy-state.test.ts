import { describe, expect, test } from "vitest";
import { BackupConfigInput, UNCONFIGURED } from "@/server/domain/backup-config";
import type { VmDisk } from "@/server/domain/vm";
import {
  diskIdsAfterVolatile,
  includedDisks,
  policyEffect,
  policyErrors,
  policyValues,
  toggleDisk,
} from "./policy-state";

function disk(diskId: number, type = "FILE"): VmDisk {
  return {
    diskId,
    target: `vd${diskId}`,
    type,
    format: "qcow2",
    sizeMb: 10,
    source: "",
    imageId: null,
    isVolatile: type === "FS",
    isIncluded: true,
    reason: null,
  };
}

const disks = [disk(0), disk(1), disk(2, "FS"), disk(3, "CDROM")];
const open = {
  ...UNCONFIGURED,
  configured: true,
  mode: "INCREMENT",
  incrementMode: "CBT",
  incrementalBackupId: 176,
  lastIncrementId: 4,
} as const;
const vm = { backupConfig: open, canIncrement: true, cannotOverlayReason: null, disks };

describe("policyEffect", () => {
  const values = policyValues({ ...open, diskIds: [] });

  test.each([
    ["nothing", {}, false],
    ["keep last", { keepLast: 7 }, false],
    ["freeze", { fsFreeze: "AGENT" }, false],
    ["mode", { mode: "FULL" }, true],
    ["increment mode", { incrementMode: "SNAPSHOT" }, true],
    ["disks", { diskIds: [0] }, true],
    ["volatile", { backupVolatile: true }, true],
  ] as const)("changing %s closes the chain: %#", (_what, change, closesChain) => {
    expect(
      policyEffect(vm, { ...values, ...change, diskIds: [...("diskIds" in change ? change.diskIds : [])] }),
    ).toEqual({
      closesChain,
      problem: null,
    });
  });

  test("without an open chain nothing is closed", () => {
    const closed = { ...vm, backupConfig: { ...open, incrementalBackupId: -1 } };
    expect(policyEffect(closed, { ...values, mode: "FULL" }).closesChain).toBe(false);
  });

  test("says why increments are refused", () => {
    expect(policyEffect({ ...vm, canIncrement: false }, values).problem).toContain("increment mode");
    const imported = { ...vm, cannotOverlayReason: "It was imported." };
    expect(policyEffect(imported, { ...values, incrementMode: "SNAPSHOT" }).problem).toBe("It was imported.");
    expect(policyEffect(imported, values).problem).toBeNull();
  });

  test("refuses a volatile disk that volatile backups do not include", () => {
    expect(policyEffect(vm, { ...values, diskIds: [2] }).problem).toContain("Disk 2");
  });
});

describe("toggleDisk", () => {
  const all = { backupVolatile: false, diskIds: [] };

  test("the first untick turns all into a list of the others", () => {
    expect(toggleDisk(disks, all, 0)).toEqual([1]);
  });

  test("ticking keeps the list sorted", () => {
    expect(toggleDisk(disks, { ...all, diskIds: [1] }, 0)).toEqual([0, 1]);
  });

  test("the last disk cannot go", () => {
    expect(toggleDisk(disks, { ...all, diskIds: [1] }, 1)).toBeNull();
  });
});

test("includedDisks leaves out what is never backed up", () => {
  expect(includedDisks(disks, { backupVolatile: true, diskIds: [] }).map((d) => d.diskId)).toEqual([0, 1, 2]);
});

test("switching volatile off takes volatile disks from the list", () => {
  expect(diskIdsAfterVolatile(disks, [0, 2], false)).toEqual([0]);
});

test("what is wrong with the numbers of the form stands at its field", () => {
  const errorsOf = (part: object) => {
    const parsed = BackupConfigInput.safeParse({ ...policyValues(UNCONFIGURED), ...part });
    return policyErrors(parsed.error);
  };
  const { gfs } = UNCONFIGURED;
  expect(errorsOf({})).toEqual({});
  expect(errorsOf({ keepLast: Number.NaN })).toEqual({ keepLast: "Give a whole number from 0 to 10000." });
  expect(errorsOf({ gfs: { ...gfs, daily: 1.5 }, rpoMinutes: 1 })).toEqual({
    gfs: "Give whole numbers from 0 to 1000.",
    rpo: "Give 0.1 to 8760 hours, or nothing.",
  });
  expect(errorsOf({ gfs: { ...gfs, zone: "Nowhere/Else" } }).gfs).toContain("time zone");
});
