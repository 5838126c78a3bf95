import { expect, test } from "vitest";
import type { Chain } from "@/server/domain/backup";
import { capacityOf } from "./capacity";
import { contentsByVm } from "./contents-by-vm";

const chain = (vmId: number, storedBytes: number, times: number[]) =>
  ({ vmId, vmName: `vm-${vmId}`, storedBytes, points: times.map((at) => ({ at })) }) as Chain; // only what is looked at

test("chains are summed up per VM, the largest first, with the newest point of all", () => {
  expect(contentsByVm([chain(1, 10, [5, 9]), chain(2, 100, [3]), chain(1, 20, [7])])).toEqual([
    { vmId: 2, vmName: "vm-2", chains: 1, points: 1, storedBytes: 100, newestAt: 3 },
    { vmId: 1, vmName: "vm-1", chains: 2, points: 3, storedBytes: 30, newestAt: 9 },
  ]);
});

test("a chain without points has no newest point", () => {
  expect(contentsByVm([chain(1, 0, [])])[0]?.newestAt).toBeNull();
});

test("capacity counts as df does: space nobody of ours may use is not free and not used", () => {
  expect(capacityOf({ usedMb: 28, freeMb: 72, totalMb: 252 })).toMatchObject({ percent: 28, tone: "primary" });
  expect(capacityOf({ usedMb: 96, freeMb: 4, totalMb: 100 })).toMatchObject({ percent: 96, tone: "danger" });
  expect(capacityOf({ usedMb: 0, freeMb: 0, totalMb: 0 })).toBeNull();
});
