import { expect, test } from "vitest";
import { createRestoreCounter } from "./counter";

function counted(disks: { diskId: number; bytesToRead: number }[]) {
  const whole: [done: number, total: number][] = [];
  const perDisk: [diskId: number, done: number, total: number][] = [];
  const counter = createRestoreCounter(
    { bytes: (done, total) => void whole.push([done, total]), disk: (...report) => void perDisk.push(report) },
    disks,
  );
  return { counter, whole, perDisk };
}

const DISKS = [
  { diskId: 0, bytesToRead: 1_000 },
  { diskId: 4, bytesToRead: 200 },
];

test("a disk counts by what is read for it, whatever unit its driver counts in", () => {
  const { counter, whole, perDisk } = counted(DISKS);
  counter.report(0, 5_000_000, 10_000_000);
  counter.finished(0);
  counter.report(4, 1, 4);
  counter.finished(4);
  expect(whole).toEqual([
    [500, 1_200],
    [1_000, 1_200],
    [1_050, 1_200],
    [1_200, 1_200],
  ]);
  expect(perDisk.slice(0, 3)).toEqual([
    [0, 500, 1_000],
    [0, 1_000, 1_000],
    [4, 50, 200],
  ]);
});

test("never backwards and never beyond the whole: a growing total, a driver that starts over, one that overshoots", () => {
  const { counter, whole } = counted(DISKS);
  counter.report(0, 80, 100);
  counter.report(0, 80, 400);
  counter.report(0, 0, 0);
  counter.report(0, 1, 100);
  counter.report(0, 300, 100);
  counter.report(4, -5, 10);
  expect(whole.map(([done]) => done)).toEqual([800, 800, 800, 800, 1_000, 1_000]);
  expect(new Set(whole.map(([, total]) => total))).toEqual(new Set([1_200]));
});

test("a disk of a backup without bytes known to read ends like any other", () => {
  const { counter, whole } = counted([{ diskId: 0, bytesToRead: 0 }]);
  counter.finished(0);
  expect(whole).toEqual([[0, 0]]);
});
