import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BackupConfig, BackupConfigInput, UNCONFIGURED } from "./backup-config";
import {
  backupConfigVector,
  type MergeBackupConfigOptions,
  mergeBackupConfig,
  parseBackupConfigVector,
} from "./backup-config-merge";

const OPEN: BackupConfig = {
  ...UNCONFIGURED,
  configured: true,
  mode: "INCREMENT",
  incrementMode: "CBT",
  keepLast: 4,
  fsFreeze: "AGENT",
  incrementalBackupId: 11,
  lastIncrementId: 3,
  backupJobId: 5,
};
const REPLACE: MergeBackupConfigOptions = {
  append: false,
  canIncrement: true,
  eligibleDiskIds: [0, 1, 2],
  onImpossible: "error",
};
const APPEND: MergeBackupConfigOptions = { ...REPLACE, append: true };
const CLOSED = { incrementalBackupId: -1, lastIncrementId: -1 };

describe("mergeBackupConfig", () => {
  it.each<[string, BackupConfig, BackupConfigInput, MergeBackupConfigOptions, Partial<BackupConfig>]>([
    ["1 KEEP_LAST given", OPEN, { keepLast: 9 }, APPEND, { keepLast: 9 }],
    ["1 KEEP_LAST negative is 0", OPEN, { keepLast: -3 }, APPEND, { keepLast: 0 }],
    ["1 KEEP_LAST absent, replace", OPEN, { mode: "INCREMENT" }, REPLACE, { keepLast: 0 }],
    ["1 KEEP_LAST absent, append", OPEN, {}, APPEND, { keepLast: 4 }],
    [
      "2 volatile changed closes the chain",
      OPEN,
      { backupVolatile: true },
      APPEND,
      { backupVolatile: true, ...CLOSED },
    ],
    ["2 volatile the same keeps it", OPEN, { backupVolatile: false }, APPEND, { incrementalBackupId: 11 }],
    [
      "2 volatile absent, replace, was YES",
      { ...OPEN, backupVolatile: true },
      { mode: "INCREMENT" },
      REPLACE,
      { backupVolatile: false, ...CLOSED },
    ],
    ["3 DISK_IDS sorted and unique", OPEN, { diskIds: [2, 0, 2] }, APPEND, { diskIds: [0, 2], ...CLOSED }],
    ["3 DISK_IDS empty means all", { ...OPEN, diskIds: [0] }, { diskIds: [] }, APPEND, { diskIds: [], ...CLOSED }],
    [
      "3 DISK_IDS the same keeps the chain",
      { ...OPEN, diskIds: [0, 1] },
      { diskIds: [1, 0] },
      APPEND,
      {
        diskIds: [0, 1],
        lastIncrementId: 3,
      },
    ],
    [
      "3 DISK_IDS absent, replace",
      { ...OPEN, diskIds: [0] },
      { mode: "INCREMENT" },
      REPLACE,
      { diskIds: [], ...CLOSED },
    ],
    ["3 DISK_IDS absent, append", { ...OPEN, diskIds: [0] }, {}, APPEND, { diskIds: [0], lastIncrementId: 3 }],
    ["4 FS_FREEZE absent, replace", OPEN, { mode: "INCREMENT" }, REPLACE, { fsFreeze: "NONE" }],
    ["4 FS_FREEZE absent, append", OPEN, {}, APPEND, { fsFreeze: "AGENT" }],
    [
      "5 cannot increment, append, MODE not mentioned",
      OPEN,
      {},
      { ...APPEND, canIncrement: false },
      {
        mode: "FULL",
        incrementMode: null,
        ...CLOSED,
      },
    ],
    [
      "5 cannot increment, asked, downgrade",
      UNCONFIGURED,
      { mode: "INCREMENT", incrementMode: "SNAPSHOT" },
      { ...REPLACE, canIncrement: false, onImpossible: "downgrade" },
      { mode: "FULL", incrementMode: null, configured: true },
    ],
    ["6 INCREMENT to INCREMENT keeps the chain", OPEN, { mode: "INCREMENT" }, REPLACE, { incrementalBackupId: 11 }],
    ["6 to FULL closes it", OPEN, { mode: "FULL" }, APPEND, { mode: "FULL", ...CLOSED }],
    ["6 MODE absent, replace is FULL", OPEN, {}, REPLACE, { mode: "FULL", incrementMode: "CBT", ...CLOSED }],
    ["6 FULL to INCREMENT starts closed", { ...OPEN, mode: "FULL" }, { mode: "INCREMENT" }, APPEND, CLOSED],
    [
      "6 append with only INCREMENT_MODE is ignored",
      OPEN,
      { incrementMode: "SNAPSHOT" },
      APPEND,
      {
        incrementMode: "CBT",
        lastIncrementId: 3,
      },
    ],
    [
      "6 CBT to SNAPSHOT closes it",
      OPEN,
      { mode: "INCREMENT", incrementMode: "SNAPSHOT" },
      APPEND,
      {
        incrementMode: "SNAPSHOT",
        ...CLOSED,
      },
    ],
    [
      "6 SNAPSHOT that is impossible becomes CBT",
      UNCONFIGURED,
      { mode: "INCREMENT", incrementMode: "SNAPSHOT" },
      { ...APPEND, onImpossible: "downgrade", overlayBlock: "It was imported." },
      { mode: "INCREMENT", incrementMode: "CBT" },
    ],
    [
      "6 SNAPSHOT back to CBT by replace closes it",
      { ...OPEN, incrementMode: "SNAPSHOT" },
      { mode: "INCREMENT" },
      REPLACE,
      {
        incrementMode: "CBT",
        ...CLOSED,
      },
    ],
    [
      "6 SNAPSHOT kept by append",
      { ...OPEN, incrementMode: "SNAPSHOT" },
      { mode: "INCREMENT" },
      APPEND,
      {
        incrementMode: "SNAPSHOT",
        lastIncrementId: 3,
      },
    ],
    ["internal fields are kept", OPEN, { mode: "INCREMENT" }, REPLACE, { backupJobId: 5 }],
    [
      "first configuration",
      UNCONFIGURED,
      { mode: "INCREMENT" },
      REPLACE,
      {
        configured: true,
        mode: "INCREMENT",
        incrementMode: "CBT",
        ...CLOSED,
      },
    ],
  ])("%s", (_name, current, input, options, expected) => {
    expect(mergeBackupConfig(current, input, options)).toMatchObject(expected);
  });

  it.each([
    ["snapshots" as const, "it has snapshots"],
    ["disks" as const, "not qcow2"],
    [undefined, "not qcow2"],
  ])("refuses an impossible INCREMENT because of %s", (impossibleReason, text) => {
    const options = { ...APPEND, canIncrement: false, impossibleReason };
    expect(() => mergeBackupConfig(OPEN, { mode: "INCREMENT" }, options)).toThrow(text);
  });

  it("refuses a disk that is not eligible", () => {
    expect(() => mergeBackupConfig(OPEN, { diskIds: [0, 7] }, APPEND)).toThrow("Disk 7 cannot be backed up");
  });

  it("gives a valid configuration that a second merge does not change", () => {
    const input = fc.record(
      {
        backupVolatile: fc.boolean(),
        fsFreeze: fc.constantFrom("NONE" as const, "AGENT" as const, "SUSPEND" as const),
        keepLast: fc.integer({ min: -5, max: 50 }),
        mode: fc.constantFrom("FULL" as const, "INCREMENT" as const),
        incrementMode: fc.constantFrom("CBT" as const, "SNAPSHOT" as const),
        diskIds: fc.array(fc.integer({ min: 0, max: 2 })),
      },
      { requiredKeys: [] },
    );
    const options = fc.record({ append: fc.boolean(), canIncrement: fc.boolean() });
    fc.assert(
      fc.property(fc.constantFrom(OPEN, UNCONFIGURED), input, options, (current, asked, flags) => {
        const all: MergeBackupConfigOptions = { ...REPLACE, ...flags, onImpossible: "downgrade" };
        const merged = mergeBackupConfig(current, BackupConfigInput.parse(asked), all);
        expect(BackupConfig.parse(merged)).toEqual(merged);
        if (merged.mode === "FULL") expect(merged).toMatchObject(CLOSED);
        if (!flags.canIncrement) expect(merged.incrementMode).toBeNull();
        expect(mergeBackupConfig(merged, asked, all)).toEqual(merged);
      }),
    );
  });
});

describe("parseBackupConfigVector", () => {
  it.each<[string, Record<string, string>, BackupConfigInput]>([
    ["nothing", {}, {}],
    ["internal keys", { LAST_INCREMENT_ID: "4", INCREMENTAL_BACKUP_ID: "9", BACKUP_JOB_ID: "1", X: "1" }, {}],
    ["empty values", { MODE: "", FS_FREEZE: " ", KEEP_LAST: "", BACKUP_VOLATILE: "" }, {}],
    ["empty DISK_IDS", { DISK_IDS: "" }, { diskIds: [] }],
    ["DISK_IDS", { DISK_IDS: "3, 1,3" }, { diskIds: [1, 3] }],
    ["unknown FS_FREEZE", { FS_FREEZE: "whatever" }, { fsFreeze: "NONE" }],
    ["lower-case FS_FREEZE", { FS_FREEZE: "agent" }, { fsFreeze: "AGENT" }],
    ["MODE INCREMENTAL", { MODE: "INCREMENTAL" }, { mode: "FULL" }],
    ["MODE increment", { MODE: "increment" }, { mode: "INCREMENT" }],
    ["unknown INCREMENT_MODE", { INCREMENT_MODE: "x" }, { incrementMode: "CBT" }],
    ["negative KEEP_LAST", { KEEP_LAST: "-4" }, { keepLast: 0 }],
    ["KEEP_LAST that is no integer", { KEEP_LAST: "4.5" }, {}],
    ["BACKUP_VOLATILE", { BACKUP_VOLATILE: "yes" }, { backupVolatile: true }],
    ["BACKUP_VOLATILE other", { BACKUP_VOLATILE: "1" }, { backupVolatile: false }],
  ])("%s", (_name, vector, expected) => {
    expect(parseBackupConfigVector(vector)).toEqual(expected);
  });

  it.each(["x", "0,,1", "-1", "1.5", "99999999999", Array.from({ length: 300 }, (_, i) => i).join()])(
    "refuses DISK_IDS %j",
    (list) => {
      expect(() => parseBackupConfigVector({ DISK_IDS: list })).toThrow(/DISK_IDS/);
    },
  );

  it("refuses a KEEP_LAST out of range", () => {
    expect(() => parseBackupConfigVector({ KEEP_LAST: "100001" })).toThrow("KEEP_LAST");
  });
});

describe("backupConfigVector", () => {
  it("is empty for a VM that was never configured", () => {
    expect(backupConfigVector({ ...UNCONFIGURED, lastDatastoreId: 100 })).toEqual({});
  });

  it("writes pointers always, the rest when present, in order", () => {
    const vector = backupConfigVector({ ...UNCONFIGURED, configured: true });
    expect(vector).toEqual({
      BACKUP_VOLATILE: "NO",
      FS_FREEZE: "NONE",
      INCREMENTAL_BACKUP_ID: "-1",
      KEEP_LAST: "0",
      LAST_INCREMENT_ID: "-1",
      MODE: "FULL",
    });
    const full = backupConfigVector({
      ...OPEN,
      activeFlatten: true,
      diskIds: [0, 2],
      lastBackupId: "aabbcc",
      lastBackupSizeMb: 7,
      lastBackupFormat: "raw",
      lastDatastoreId: 100,
    });
    expect(Object.keys(full)).toEqual(Object.keys(full).sort());
    expect(full).toMatchObject({ ACTIVE_FLATTEN: "YES", DISK_IDS: "0,2", BACKUP_JOB_ID: "5", LAST_BACKUP_SIZE: "7" });
  });
});
