import { expect, test } from "vitest";
import type { ActionProgress, ActionRow } from "@/server/domain/action";
import { actionPercent, progressText } from "./progress-text";

const MIB = 1024 * 1024;
const progress: ActionProgress = {
  phase: "copying",
  phases: [],
  done: 50 * MIB,
  total: 100 * MIB,
  rate: 10 * MIB,
  disks: [],
};
type Subject = Pick<ActionRow, "state" | "isCancelling" | "progress" | "waitReason">;
const running: Subject = { state: "RUNNING", isCancelling: false, progress, waitReason: null };

test("a running run tells phase, share, bytes, rate and time left", () => {
  expect(progressText(running)).toBe("Copying 50 % · 50.0 MiB of 100.0 MiB · 10.0 MiB/s · 5.0 s to 10 s left");
});

test("an unknown total is no percentage", () => {
  const unknown = { ...running, progress: { ...progress, total: 0, rate: null } };
  expect(actionPercent(unknown)).toBeNull();
  expect(progressText(unknown)).toBe("Copying");
});

test("a queued run tells what it waits for", () => {
  expect(progressText({ ...running, state: "PENDING", waitReason: "Two backups run on host node1" })).toBe(
    "Queued: Two backups run on host node1",
  );
});

test("cancelling wins over the phase", () => {
  expect(progressText({ ...running, isCancelling: true })).toMatch(/^Cancelling/);
});

test("only a run that ended well is at 100 %", () => {
  expect(actionPercent({ ...running, state: "DONE" })).toBe(100);
  expect(actionPercent({ ...running, state: "FAILED" })).toBeNull();
});
