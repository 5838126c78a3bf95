import { expect, test } from "vitest";
import type { Manifest } from "./backup";
import { type CataloguedPoint, judgeChain, judgeMissing, type PointFinding } from "./verification";

const hash = (digit: string) => digit.repeat(64);

function manifest(incrementId: number): Manifest {
  return {
    version: 1,
    vmId: 1,
    backupId: `aaaaa${incrementId}`,
    incrementId,
    type: incrementId === 0 ? "FULL" : "INCREMENT",
    parentId: incrementId - 1,
    createdAt: "2026-01-01T00:00:00Z",
    tool: "test",
    vmXmlSha256: hash("a"),
    disks: [{ id: 0, file: `disk.0.${incrementId}`, bytes: 10, sha256: hash("b"), virtualSize: 64, bitmap: null }],
  };
}

function point(incrementId: number, change: Partial<CataloguedPoint> = {}): CataloguedPoint {
  return {
    incrementId,
    source: `aaaaa${incrementId}`,
    manifest: manifest(incrementId),
    verification: "checksummed",
    broken: null,
    brokenBy: null,
    ...change,
  };
}

function found(incrementId: number, change: Partial<PointFinding> = {}): PointFinding {
  return {
    incrementId,
    backupId: `aaaaa${incrementId}`,
    problem: null,
    files: [
      { name: "vm.xml", bytes: 5, sha256: hash("a") },
      { name: `disk.0.${incrementId}`, bytes: 10, sha256: hash("b") },
    ],
    ...change,
  };
}

const CHAIN = [point(0), point(1), point(2)];

test("a whole chain is verified", () => {
  expect(judgeChain(CHAIN, [found(0), found(1), found(2)])).toMatchObject(
    [0, 1, 2].map((incrementId) => ({ incrementId, isChecked: true, verification: "verified", broken: null })),
  );
});

test("a damaged point takes those that need it along, the ones before it stay", () => {
  const judged = judgeChain(CHAIN, [found(0), found(1, { problem: "disk.0.1 is missing." }), found(2)]);
  expect(judged).toMatchObject([
    { verification: "verified", broken: null },
    { verification: "failed", note: "disk.0.1 is missing.", broken: "disk.0.1 is missing.", brokenBy: 1 },
    { verification: "verified", broken: "It needs increment 1, which is damaged.", brokenBy: 1 },
  ]);
});

test.each<[string, Partial<PointFinding>, string]>([
  [
    "a changed disk",
    {
      files: [
        { name: "vm.xml", bytes: 5, sha256: hash("a") },
        { name: "disk.0.0", bytes: 10, sha256: hash("c") },
      ],
    },
    "disk.0.0 is not what was stored",
  ],
  [
    "another length",
    {
      files: [
        { name: "vm.xml", bytes: 5, sha256: hash("a") },
        { name: "disk.0.0", bytes: 11, sha256: hash("b") },
      ],
    },
    "disk.0.0 has 11 bytes; 10 were stored",
  ],
  ["a disk that was left out", { files: [{ name: "vm.xml", bytes: 5, sha256: hash("a") }] }, "disk.0.0 is missing"],
  ["another document", { files: [{ name: "vm.xml", bytes: 5, sha256: hash("d") }] }, "vm.xml is not the document"],
  ["no document", { files: [] }, "vm.xml is missing"],
])("%s is found although the driver sees nothing wrong", (_name, change, text) => {
  expect(judgeChain([point(0)], [found(0, change)])[0]).toMatchObject({
    verification: "failed",
    broken: expect.stringContaining(text),
    brokenBy: 0,
  });
});

test("a finding about another backup of the same number is none about this point", () => {
  expect(judgeChain([point(0)], [found(0, { backupId: "bbbbbb" })])[0]).toMatchObject({
    isChecked: false,
    verification: "checksummed",
  });
});

test("without a manifest nothing was compared, and the point stays unverified", () => {
  expect(judgeChain([point(0, { manifest: null, verification: "unverified" })], [found(0)])[0]).toMatchObject({
    isChecked: true,
    verification: "unverified",
    note: expect.stringContaining("No checksum"),
    broken: null,
  });
});

test("a check that passes takes back what checks have said, on later points too, and nothing else", () => {
  const damaged = [
    point(0),
    point(1, { verification: "failed", broken: "disk.0.1 is missing.", brokenBy: 1 }),
    point(2, { broken: "It needs increment 1, which is damaged.", brokenBy: 1 }),
    point(3, { broken: "Points are being merged.", brokenBy: null }),
  ];
  expect(judgeChain(damaged, [found(0), found(1)])).toMatchObject([
    { broken: null },
    { verification: "verified", broken: null, brokenBy: null },
    { isChecked: false, verification: "checksummed", broken: null, brokenBy: null },
    { broken: "Points are being merged.", brokenBy: null },
  ]);
});

test("a check of the points before it does not heal a damaged one", () => {
  const damaged = [point(0), point(1, { verification: "failed", broken: "gone", brokenBy: 1 }), point(2)];
  expect(judgeChain(damaged, [found(0)])).toMatchObject([
    { verification: "verified", broken: null },
    { verification: "failed", broken: "gone", brokenBy: 1 },
    { broken: "It needs increment 1, which is damaged.", brokenBy: 1 },
  ]);
});

test("a point that is not in the repository is damaged; what is there is not thereby checked", () => {
  expect(judgeMissing(CHAIN, new Set([0]))).toMatchObject([
    { isChecked: true, verification: "failed", brokenBy: 0 },
    { isChecked: false, verification: "checksummed", brokenBy: 0 },
    { isChecked: false, verification: "checksummed", brokenBy: 0 },
  ]);
});
