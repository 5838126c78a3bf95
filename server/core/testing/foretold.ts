import { expect } from "vitest";
import type { ScheduleInput } from "../../domain/schedule/action";
import { createJobFromForm } from "../job/commands";
import { runDueSchedules } from "../schedule/run-due";
import { simulateSchedules } from "../schedule/simulate";
import { readSchedulerSettings } from "../settings";
import type { BareCore } from "./bare-core";

const DAY = 86_400;

/**
 * Compares the next `count` runs that the calendar shows, at most 500, with those that fire when the clock of a real
 * database moves on: every kind of repeat and end, across the end of summer time in Madrid and New York.
 */
export async function expectForetold(bare: BareCore, count: number): Promise<void> {
  bare.clock.advance(Date.UTC(2027, 9, 20) - bare.clock.now());
  const start = Math.floor(bare.clock.now() / 1000);
  const job = (name: string, schedules: ScheduleInput[]) => createJobFromForm(bare.ctx, { name, schedules });
  const at = (offset: number) => start + offset;
  const all = [0, 1, 2, 3, 4, 5, 6];
  await job("every three hours", [{ time: at(1800), repeat: "hourly", days: [3], zone: "Europe/Madrid" }]);
  await job("each night", [{ time: at(2 * 3600 + 1800), repeat: "weekly", days: all, zone: "Europe/Madrid" }]);
  await job("new york", [{ time: at(5 * 3600 + 5400), repeat: "weekly", days: all, zone: "America/New_York" }]);
  await job("half hour", [{ time: at(16 * 3600), repeat: "weekly", days: [1, 3, 5], zone: "Australia/Lord_Howe" }]);
  await job("monthly", [{ time: at(DAY), repeat: "monthly", days: [1, 15, 31], zone: "UTC" }]);
  await job("yearly", [{ time: at(2 * DAY), repeat: "yearly", days: [0, 304, 310], zone: "UTC" }]);
  await job("once", [{ time: at(3 * DAY) }]);
  await job("five times", [{ time: at(DAY), repeat: "weekly", days: all, endType: "times", endValue: 4 }]);
  await job("until", [{ time: at(DAY), repeat: "hourly", days: [7], endType: "date", endValue: at(9 * DAY) }]);
  const view = await simulateSchedules(bare.ctx, { days: 45 });
  expect(view.reached).toBe(view.until);
  const foretold = view.runs.slice(0, count).map((run) => `${run.at / 1000} ${run.scheduleId}`);
  expect(foretold).toHaveLength(count);
  const last = (view.runs[count - 1]?.at ?? 0) / 1000;

  const settings = await readSchedulerSettings(bare.core.db);
  const fired = async () =>
    (await bare.core.db.jobRun.findMany({ select: { slot: true, scheduleId: true } })).map(
      (run) => `${run.slot} ${run.scheduleId}`,
    );
  // The clock does not know the plan: it goes by what the database has armed, and every pass is late by some minutes.
  for (let pass = 0; pass < 2 * count; pass++) {
    const [row] = await bare.core.db.$queryRaw<{ time: bigint | null }[]>`
      SELECT min("time") AS time FROM "ScheduledAction" WHERE "time" > "done"`;
    if (row?.time == null || Number(row.time) > last) break;
    bare.clock.advance(Math.max(0, Number(row.time) * 1000 - bare.clock.now()) + 1000 + (pass % 9) * 60_000);
    await runDueSchedules(bare.core, settings);
  }
  const real = (await fired()).sort((a, b) => order(a) - order(b));
  expect(real.slice(0, count)).toEqual(foretold);
}

function order(run: string): number {
  const [slot, scheduleId] = run.split(" ").map(Number);
  return (slot ?? 0) * 1000 + (scheduleId ?? 0);
}
