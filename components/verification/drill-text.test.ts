import { expect, test } from "vitest";
import { chainOf } from "../timeline/sample-chains";
import { drillText, lastDrill } from "./drill-text";

const CHECK = { actionId: 7, detail: "…", at: 0, verdict: "alive", restoreSeconds: 75, bootSeconds: 12 } as const;

test("a check tells what was measured, and nothing when nothing was", () => {
  expect(drillText(CHECK)).toBe("disks restored in 1 m 15 s, running 12 s later");
  expect(drillText({ restoreSeconds: 75, bootSeconds: null })).toBe("disks restored in 1 m 15 s");
  expect(drillText({ restoreSeconds: null, bootSeconds: null })).toBeNull();
});

test("the last drill is the newest that was measured and showed life, of any chain", () => {
  const [old, young] = [chainOf(1, [10, 20, 30, 40]), chainOf(2, [50])];
  const checks = [
    { ...CHECK, at: 100 },
    { ...CHECK, at: 300, verdict: "silent" as const, bootSeconds: null },
    { ...CHECK, at: 400, restoreSeconds: null, bootSeconds: null },
    { ...CHECK, at: 200 },
  ];
  const drilled = { ...old, points: old.points.map((point, at) => ({ ...point, bootCheck: checks[at] ?? null })) };
  expect(lastDrill([young, drilled])).toMatchObject({ point: { imageId: 1, incrementId: 3 }, check: { at: 200 } });
  expect(lastDrill([young])).toBeNull();
});
