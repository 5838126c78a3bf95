import { expect, test } from "vitest";
import { findMissing, findOrphans, type KnownBackups, type RepositoryEntry } from "./orphan";

function entry(change: Partial<RepositoryEntry>): RepositoryEntry {
  return { vmId: 7, name: "abcdef", kind: "point", backupId: "abcdef", bytes: 1, modifiedAt: 1_000, ...change };
}

const NOTHING: KnownBackups = {
  recorded: new Set(),
  inFlight: new Set(),
  vmNames: new Map(),
  mergingVms: new Set(),
  oldestRunAt: null,
};

test("what the catalogue records is no leftover, the same id of another VM is one", () => {
  const known = { ...NOTHING, recorded: new Set(["7/abcdef"]) };
  expect(findOrphans([entry({}), entry({ vmId: 8 })], known)).toMatchObject([{ vmId: 8, keepReason: null }]);
});

test.each<[string, Partial<RepositoryEntry>, Partial<KnownBackups>, string | null]>([
  ["an unknown point", {}, {}, null],
  ["an unfinished upload", { kind: "upload" }, {}, null],
  ["an upload in flight", { kind: "upload" }, { inFlight: new Set(["7/abcdef"]) }, "A backup is writing it"],
  ["what bears the id of a recorded point", { kind: "upload" }, { recorded: new Set(["7/abcdef"]) }, "recorded point"],
  ["anything of a VM whose points are merged", {}, { mergingVms: new Set([7]) }, "being merged"],
  ["what is younger than a run", {}, { oldestRunAt: 999_000 }, "younger than a run"],
  ["what is older than every run", {}, { oldestRunAt: 1_000_001 }, null],
  ["what Strata did not make", { kind: "other", backupId: null }, {}, "Strata did not make it"],
  ["what lies in no VM's folder", { vmId: null, kind: "other", backupId: null }, {}, "Strata did not make it"],
])("%s", (_name, change, known, reason) => {
  const [orphan] = findOrphans([entry(change)], { ...NOTHING, ...known });
  expect(orphan?.keepReason ?? null).toEqual(reason === null ? null : expect.stringContaining(reason));
});

test("the oldest come first, with the name of their VM", () => {
  const known = { ...NOTHING, vmNames: new Map([[7, "web-01"]]) };
  const orphans = findOrphans([entry({ modifiedAt: 5, backupId: "bbbbbb" }), entry({ modifiedAt: 4 })], known);
  expect(orphans.map((orphan) => [orphan.modifiedAt, orphan.vmName])).toEqual([
    [4, "web-01"],
    [5, "web-01"],
  ]);
});

test("a point is missing when no complete folder of its VM has its id", () => {
  const points = [
    { vmId: 7, source: "abcdef" },
    { vmId: 8, source: "abcdef" },
    { vmId: 7, source: "bbbbbb" },
  ];
  const entries = [entry({}), entry({ kind: "upload", backupId: "bbbbbb" })];
  expect(findMissing(points, entries)).toEqual(points.slice(1));
});
