import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Manifest } from "./backup";
import {
  type ChainPoint,
  chainUpTo,
  dropAfterDelete,
  flattenInto,
  needsNewChain,
  nextIncrement,
  restoreBytes,
  validateChain,
} from "./chain";

const full = (incrementId: number): ChainPoint => ({ incrementId, parentId: -1, type: "FULL" });
const inc = (incrementId: number, parentId = incrementId - 1): ChainPoint => ({
  incrementId,
  parentId,
  type: "INCREMENT",
});

function manifest(incrementId: number, disks: [id: number, bytes: number, virtualSize: number][]): Manifest {
  return {
    version: 1,
    vmId: 7,
    backupId: "aabbcc",
    incrementId,
    type: incrementId === 0 ? "FULL" : "INCREMENT",
    parentId: incrementId - 1,
    createdAt: "2026-01-01T00:00:00Z",
    tool: "t",
    vmXmlSha256: "0".repeat(64),
    disks: disks.map(([id, bytes, virtualSize]) => ({
      id,
      file: `disk.${id}.${incrementId}`,
      bytes,
      sha256: "0".repeat(64),
      virtualSize,
      bitmap: null,
    })),
  };
}

describe("nextIncrement", () => {
  it.each<[string, ChainPoint[], { id: number; parentId: number; type: string }]>([
    ["an empty chain", [], { id: 0, parentId: -1, type: "FULL" }],
    ["after the full", [full(0)], { id: 1, parentId: 0, type: "INCREMENT" }],
    ["after a flatten", [full(3), inc(4)], { id: 5, parentId: 4, type: "INCREMENT" }],
    ["unsorted", [inc(1), full(0)], { id: 2, parentId: 1, type: "INCREMENT" }],
  ])("%s", (_name, points, expected) => expect(nextIncrement(points)).toEqual(expected));
});

describe("chainUpTo", () => {
  it("is cut at the increment, oldest first", () => {
    const points = [inc(2), full(0), inc(1), inc(3)];
    expect(chainUpTo(points, 2).map((point) => point.incrementId)).toEqual([0, 1, 2]);
    expect(chainUpTo(points, 0)).toEqual([full(0)]);
  });

  it.each([4, -1, 0.5])("refuses increment %d", (id) => {
    const points = [{ ...full(0), imageId: 11 }, inc(1)];
    expect(() => chainUpTo(points, id)).toThrow(`Backup 11 has no increment ${id}`);
  });
});

describe("validateChain", () => {
  it.each<[ChainPoint[], string | null]>([
    [[], null],
    [[full(0)], null],
    [[full(3), inc(4), inc(5)], null],
    [[full(0), inc(2, 0)], null],
    [[inc(1)], "not a full"],
    [[{ ...full(2), parentId: 1 }], "names a parent"],
    [[full(0), inc(2)], "parent of increment 2, 1, is missing"],
    [[full(1), inc(1)], "follows"],
    [[full(0), { ...inc(1), type: "FULL" }], "second full"],
    [[full(0), inc(1), inc(2, 0)], "missing"],
  ])("%j", (points, expected) => {
    const reason = validateChain(points);
    if (expected === null) expect(reason).toBeNull();
    else expect(reason).toContain(expected);
  });
});

describe("restoreBytes", () => {
  const points = [
    {
      ...full(0),
      manifest: manifest(0, [
        [0, 100, 1],
        [1, 50, 1],
      ]),
    },
    {
      ...inc(1),
      manifest: manifest(1, [
        [0, 7, 1],
        [1, 5, 1],
      ]),
    },
    { ...inc(2), manifest: null },
  ];
  it("sums the files from the full to the point", () => {
    expect(restoreBytes(points, 0)).toBe(150);
    expect(restoreBytes(points, 1)).toBe(162);
    expect(restoreBytes(points, 1, [1])).toBe(55);
    expect(restoreBytes(points, 1, [])).toBe(0);
  });
  it("is unknown without a manifest", () => expect(restoreBytes(points, 2)).toBeNull());
});

describe("needsNewChain", () => {
  const previous = manifest(0, [
    [0, 1, 1024],
    [2, 1, 2048],
  ]);
  it.each<[string, [number, number][], string | null]>([
    [
      "the same",
      [
        [2, 2048],
        [0, 1024],
      ],
      null,
    ],
    ["removed", [[0, 1024]], "Disk 2 is no longer part of the backup."],
    [
      "added",
      [
        [0, 1024],
        [2, 2048],
        [3, 1],
      ],
      "Disk 3 was added to the backup.",
    ],
    [
      "grown",
      [
        [0, 4096],
        [2, 2048],
      ],
      "The size of disk 0 changed from 1024 to 4096 bytes.",
    ],
  ])("%s", (_name, facts, expected) => {
    expect(
      needsNewChain(
        previous,
        facts.map(([diskId, virtualSize]) => ({ diskId, virtualSize })),
      ),
    ).toBe(expected);
  });
});

describe("dropAfterDelete", () => {
  const config = { incrementalBackupId: 11, lastIncrementId: 4, keepLast: 3 };
  it("closes the chain that lost its image only", () => {
    expect(dropAfterDelete(config, 11)).toEqual({
      incrementalBackupId: -1,
      lastIncrementId: -1,
      closedReason: "the backup that holds the chain was deleted",
      keepLast: 3,
    });
    expect(dropAfterDelete(config, 12)).toBe(config);
  });
});

/** A VM that is backed up, reset, flattened and loses images, in any order. */
interface History {
  chains: Map<number, ChainPoint[]>;
  used: Map<number, number[]>;
  config: { incrementalBackupId: number; lastIncrementId: number };
  nextImageId: number;
}

type Operation = { kind: "increment" | "reset" } | { kind: "delete" | "flatten"; pick: number };

function apply(history: History, operation: Operation): void {
  const ids = [...history.chains.keys()];
  if (operation.kind === "reset") history.config = { incrementalBackupId: -1, lastIncrementId: -1 };
  if (operation.kind === "increment") {
    const isNew = history.config.incrementalBackupId === -1;
    const imageId = isNew ? history.nextImageId++ : history.config.incrementalBackupId;
    const points = history.chains.get(imageId) ?? [];
    const next = nextIncrement(points);
    expect(next.parentId).toBe(history.config.lastIncrementId);
    expect(history.used.get(imageId) ?? []).not.toContain(next.id);
    history.used.set(imageId, [...(history.used.get(imageId) ?? []), next.id]);
    history.chains.set(imageId, [...points, { incrementId: next.id, parentId: next.parentId, type: next.type }]);
    history.config = { incrementalBackupId: imageId, lastIncrementId: next.id };
  }
  if (operation.kind === "delete" && ids.length > 0) {
    const imageId = ids[operation.pick % ids.length] ?? 0;
    history.chains.delete(imageId);
    history.config = dropAfterDelete(history.config, imageId);
  }
  if (operation.kind === "flatten" && ids.length > 0) {
    const imageId = ids[operation.pick % ids.length] ?? 0;
    const points = history.chains.get(imageId) ?? [];
    const first = points[operation.pick % points.length];
    if (first !== undefined) history.chains.set(imageId, flattenInto(points, first.incrementId));
  }
}

describe("random histories", () => {
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Operation>({ kind: "increment" }) },
    { weight: 1, arbitrary: fc.constant<Operation>({ kind: "reset" }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom("delete" as const, "flatten" as const), pick: fc.nat(50) }),
    },
  );

  it("keep every parent, never reuse an id, start with a full", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const history: History = {
          chains: new Map(),
          used: new Map(),
          config: { incrementalBackupId: -1, lastIncrementId: -1 },
          nextImageId: 0,
        };
        for (const next of operations) {
          apply(history, next);
          for (const points of history.chains.values()) {
            expect(validateChain(points)).toBeNull();
            for (const point of points) {
              const chain = chainUpTo(points, point.incrementId);
              expect(chain[0]?.type).toBe("FULL");
              expect(chain.at(-1)).toBe(point);
              for (const kept of chain.slice(1)) {
                expect(chain.some((parent) => parent.incrementId === kept.parentId)).toBe(true);
              }
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
