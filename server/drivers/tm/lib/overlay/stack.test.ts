import { describe, expect, it } from "vitest";
import type { Layer } from "../source";
import { findOverlay, isOverlayFile, newOverlayName, planFold, planSettle, stackOf } from "./stack";

const FOLDER = "/ds/0/7/disk.1.snap";
const [A, B, C] = [`1.${"a".repeat(24)}.00000001`, `2.${"b".repeat(24)}.00000002`, `3.${"c".repeat(24)}.00000003`];

function layer(file: string, name = file): Layer {
  return { file, name, format: "qcow2", isRelative: false, snapshots: 0, allocated: 1 };
}

/** Newest first, on `0`, which is a link to a registered file. */
function disk(...overlays: string[]) {
  const files = overlays.map((name) => layer(`${FOLDER}/${name}`));
  const base = layer("/images/web", `${FOLDER}/0`);
  const source = { diskId: 1, layers: [...files, base, layer("/ds/1/image")] };
  const stack = stackOf(source);
  if (stack === null) throw new Error("no stack");
  return stack;
}

const short = (merges: ReturnType<typeof planFold>) =>
  merges.map(({ overlay, into, above, chain }) => [overlay, into, above, ...chain.map(({ file }) => file)]);

describe("stackOf", () => {
  it("knows the overlays, newest first, and what they lie on", () => {
    const stack = disk(B, A);
    expect(stack).toMatchObject({ diskId: 1, folder: FOLDER, hasBase: true });
    expect(stack.overlays.map(({ incrementId, backupId }) => [incrementId, backupId?.[0]])).toEqual([
      [1, "b"],
      [0, "a"],
    ]);
    expect(stack.below.map(({ file }) => file)).toEqual(["/images/web", "/ds/1/image"]);
  });

  it("is null for a disk without, and of another disk", () => {
    expect(stackOf({ diskId: 1, layers: [layer("/ds/0/7/disk.1")] })).toBeNull();
    expect(stackOf({ diskId: 2, layers: [layer(`${FOLDER}/${A}`)] })).toBeNull();
    expect(stackOf({ diskId: 1, layers: [layer(`${FOLDER}/0`)] })).toBeNull();
  });

  it("says when the lowest overlay lies on something else", () => {
    expect(stackOf({ diskId: 1, layers: [layer(`${FOLDER}/${A}`), layer("/ds/0/9/disk.0")] })?.hasBase).toBe(false);
    expect(stackOf({ diskId: 1, layers: [layer(`${FOLDER}/${A}`)] })?.hasBase).toBe(false);
  });

  it("gives names that it reads again, new ones each time", () => {
    const label = { incrementId: 4, backupId: "f".repeat(24) };
    const name = newOverlayName(label);
    expect(disk(name).overlays[0]).toMatchObject(label);
    expect(newOverlayName(label)).not.toBe(name);
    expect(disk(newOverlayName({ incrementId: 0, backupId: null })).overlays[0]).toMatchObject({ backupId: null });
    expect(isOverlayFile(`${FOLDER}/${name}`)).toBe(true);
    expect(isOverlayFile("/ds/0/7/disk.1")).toBe(false);
  });
});

describe("findOverlay", () => {
  it("takes the newest one of that backup, any of that number when the backup is not known", () => {
    const again = `2.${"b".repeat(24)}.00000009`;
    const stack = disk(again, B, A);
    expect(findOverlay(stack, { incrementId: 1, backupId: "b".repeat(24) })).toBe(0);
    expect(findOverlay(stack, { incrementId: 0, backupId: null })).toBe(2);
    expect(findOverlay(stack, { incrementId: 1, backupId: "a".repeat(24) })).toBe(-1);
  });
});

describe("planSettle", () => {
  it("has nothing to do when the parent's overlay is the only one", () => {
    expect(planSettle(disk(A), 0, false)).toEqual([]);
    expect(planSettle(disk(A), 0, true)).toEqual([]);
  });

  it("merges what lies below into the disk, lowest first", () => {
    const base = ["/images/web", "/ds/1/image"];
    expect(short(planSettle(disk(C, B, A), 0, true))).toEqual([
      [A, "0", B, ...base],
      [B, "0", C, ...base],
    ]);
  });

  it("merges what lies above into the parent's, but for the one that a guest writes to", () => {
    const below = [`${FOLDER}/${A}`, "/images/web", "/ds/1/image"];
    expect(short(planSettle(disk(C, B, A), 2, false))).toEqual([
      [B, A, C, ...below],
      [C, A, null, ...below],
    ]);
    expect(short(planSettle(disk(C, B, A), 2, true))).toEqual([[B, A, C, ...below]]);
    expect(planSettle(disk(B, A), 1, true)).toEqual([]);
  });

  it("folds all of them", () => {
    expect(short(planFold(disk(B, A))).map((words) => words.slice(0, 3))).toEqual([
      [A, "0", B],
      [B, "0", null],
    ]);
  });
});
