import { describe, expect, test } from "vitest";
import type { StoredDocument, StorePoint } from "./catalogue";
import { type KnownChain, planVmStore } from "./catalogue-plan";

const VM = 7;

interface Given {
  id: string;
  increment: number;
  parent?: number;
  after?: string | null;
  /** Minute of 2026-01-01. */
  minute?: number;
  chainImageId?: number | null;
  isForeign?: boolean;
  isMerging?: boolean;
  problem?: string;
  bytes?: number;
}

/** Our backups say their parent; what another program wrote (`isForeign`) has no manifest. */
function point(given: Given): StorePoint {
  const { id, increment, parent = increment - 1, after = null, minute = increment, isForeign = false } = given;
  const { isMerging = false, problem = null, bytes = 100, chainImageId = null } = given;
  const sha256 = "ab".repeat(32);
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute));
  const document: StoredDocument = {
    vmId: VM,
    vmName: "web",
    uid: 2,
    userName: "ann",
    gid: 1,
    groupName: "users",
    isIncremental: true,
    isSelected: false,
    lastBackupId: after,
    lastIncrementId: parent === -1 ? null : parent,
    chainImageId,
    sizesMb: new Map([[0, 1]]),
  };
  return {
    backupId: id,
    problem,
    document,
    disks: [{ id: 0, incrementId: increment, bytes, virtualSize: null }],
    modifiedAt: at.getTime() / 1000,
    manifest: isForeign
      ? null
      : {
          version: 1,
          vmId: VM,
          backupId: id,
          incrementId: increment,
          type: parent === -1 ? "FULL" : "INCREMENT",
          parentId: parent,
          createdAt: at.toISOString(),
          tool: "test",
          vmXmlSha256: sha256,
          disks: [{ id: 0, file: `disk.0.${increment}`, bytes: 100, sha256, virtualSize: 4096, bitmap: null }],
          ...(isMerging ? { isMerging: true as const } : {}),
        },
  };
}

const full = point({ id: "aaaaa0", increment: 0 });
const one = point({ id: "aaaaa1", increment: 1, after: "aaaaa0" });
const two = point({ id: "aaaaa2", increment: 2, after: "aaaaa1" });

function known(over: Partial<KnownChain> & Pick<KnownChain, "points">): KnownChain {
  return { imageId: 5, isChain: true, closedFor: null, ...over };
}

const ids = (plan: ReturnType<typeof planVmStore>) =>
  plan.backups.map((backup) => backup.points.map((each) => each.backupId));
const reasons = (plan: ReturnType<typeof planVmStore>) =>
  Object.fromEntries(plan.unusable.map((each) => [each.backupId, each.reason]));

describe("chains are put together", () => {
  test("in any order of the listing, two chains of the same numbers apart", () => {
    const later = [
      point({ id: "bbbbb0", increment: 0, minute: 60, after: "aaaaa2" }),
      point({ id: "bbbbb1", increment: 1, minute: 61, after: "bbbbb0" }),
    ];
    const plan = planVmStore(VM, [two, ...later, full, one], []);
    expect(ids(plan)).toEqual([
      ["aaaaa0", "aaaaa1", "aaaaa2"],
      ["bbbbb0", "bbbbb1"],
    ]);
    expect(plan.unusable).toEqual([]);
    expect(plan.backups[0]).toMatchObject({ key: "aaaaa0", bytes: 300, isChain: true, imageId: null });
    expect(plan.backups[0]?.points[2]).toMatchObject({ parentId: 1, type: "INCREMENT", guestBytes: 4096 });
  });

  test("an increment whose parent is missing, and what needs it, stay out; the points before stay in", () => {
    const three = point({ id: "aaaaa3", increment: 3, after: "aaaaa2" });
    const plan = planVmStore(VM, [full, two, three], []);
    expect(ids(plan)).toEqual([["aaaaa0"]]);
    expect(reasons(plan)).toEqual({
      aaaaa2: expect.stringContaining("needs increment 1"),
      aaaaa3: "It needs a point that cannot be used.",
    });
  });

  test("a damaged point takes along what needs it", () => {
    const short = point({ id: "aaaaa1", increment: 1, after: "aaaaa0", bytes: 99 });
    const plan = planVmStore(VM, [full, short, two], []);
    expect(ids(plan)).toEqual([["aaaaa0"]]);
    expect(reasons(plan)["aaaaa1"]).toContain("99 bytes; 100 were stored");
  });

  test("of two that go on from one point, the longer branch is taken", () => {
    const rival = point({ id: "ccccc1", increment: 1, after: "aaaaa0", minute: 50 });
    const plan = planVmStore(VM, [full, rival, one, two], []);
    expect(ids(plan)).toEqual([["aaaaa0", "aaaaa1", "aaaaa2"]]);
    expect(reasons(plan)).toEqual({ ccccc1: expect.stringContaining("shorter or older") });
  });

  test("without manifests the VM document says the parent, and the size of the disk", () => {
    const chain = [
      point({ id: "aaaaa0", increment: 0, isForeign: true }),
      point({ id: "aaaaa1", increment: 1, after: "aaaaa0", isForeign: true }),
    ];
    const plan = planVmStore(VM, chain, []);
    expect(ids(plan)).toEqual([["aaaaa0", "aaaaa1"]]);
    expect(plan.backups[0]?.points[1]).toMatchObject({ hasChecksums: false, guestBytes: 1024 * 1024 });
  });

  test("a parent that cannot be ends nothing but its point", () => {
    const loops = point({ id: "ddddd3", increment: 3, parent: 3, after: "ddddd3" });
    const foreign = point({ id: "ddddd4", increment: 2, parent: 4, after: "ddddd4", isForeign: true });
    const plan = planVmStore(VM, [full, loops, foreign], []);
    expect(ids(plan)).toEqual([["aaaaa0"]]);
    expect(Object.keys(reasons(plan))).toEqual(["ddddd3", "ddddd4"]);
  });
});

describe("merged chains", () => {
  const merged = point({ id: "aaaaa2", increment: 2, parent: -1, after: "aaaaa1", chainImageId: 5 });

  test("the next increment still finds a full that has taken over the place of its parent", () => {
    const three = point({ id: "aaaaa3", increment: 3, after: "ffffff", chainImageId: 5 });
    expect(ids(planVmStore(VM, [merged, three], []))).toEqual([["aaaaa2", "aaaaa3"]]);
  });

  test("what was merged and not removed yet is not offered again", () => {
    const begun = point({ id: "aaaaa0", increment: 0, isMerging: true });
    const plan = planVmStore(VM, [begun, one, merged], []);
    expect(ids(plan)).toEqual([["aaaaa2"]]);
    expect(reasons(plan)["aaaaa0"]).toContain("merged into increment 2");
  });

  test("while a merge goes on only the newest point can be relied on", () => {
    const begun = point({ id: "aaaaa0", increment: 0, isMerging: true, bytes: 400 });
    const [backup] = planVmStore(VM, [begun, one, two], []).backups;
    expect(backup?.points.map((each) => each.broken === null)).toEqual([false, false, true]);
  });
});

describe("beside what the catalogue has", () => {
  const points = [
    { incrementId: 0, source: "aaaaa0" },
    { incrementId: 1, source: "aaaaa1" },
  ];

  test("later points go to its chain, known ones are only counted", () => {
    const plan = planVmStore(VM, [full, one, two], [known({ points })]);
    expect(plan).toMatchObject({ knownCount: 2, unusable: [], backups: [{ imageId: 5, key: "aaaaa2" }] });
  });

  test("not when the chain is busy, has gone on otherwise, or its end is gone", () => {
    const busy = planVmStore(VM, [full, one, two], [known({ points, closedFor: "It is locked." })]);
    expect(reasons(busy)).toEqual({ aaaaa2: "It is locked." });
    const other = point({ id: "eeeee2", increment: 2, after: "aaaaa1", minute: 1 });
    const longer = known({ points: [...points, { incrementId: 2, source: "eeeee2" }] });
    expect(reasons(planVmStore(VM, [full, one, two, other], [longer]))).toEqual({
      aaaaa2: expect.stringContaining("not in the catalogue"),
    });
    expect(reasons(planVmStore(VM, [full, two], [known({ points })]))["aaaaa2"]).toContain("not in the repository");
  });

  test("what a run is writing is left alone", () => {
    const plan = planVmStore(VM, [full, one], [], new Map([["aaaaa1", "A backup is writing it."]]));
    expect(ids(plan)).toEqual([["aaaaa0"]]);
    expect(reasons(plan)).toEqual({ aaaaa1: "A backup is writing it." });
  });
});
