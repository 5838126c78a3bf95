import { expect, test } from "vitest";
import type { TemplateVector } from "../template";
import { type ParseSchedule, parseSchedule, ScheduleInput, scheduleVector } from "./action";

const VM: ParseSchedule = { parentType: "VM", stored: null, origin: 1_000_000, zone: "UTC" };
const JOB: ParseSchedule = { ...VM, parentType: "BACKUPJOB", origin: null };
const WEEKLY: TemplateVector = { TIME: "1691402400", REPEAT: "0", DAYS: "5,1,5" };

test("a weekly backup of a job", () => {
  expect(parseSchedule({ ...WEEKLY, ACTION: "terminate" }, JOB)).toEqual({
    action: "backup",
    args: "",
    catchUp: "once",
    warning: 0,
    rule: {
      time: 1_691_402_400,
      clock: "10:00:00",
      zone: "UTC",
      repeat: "weekly",
      days: [1, 5],
      endType: "none",
      endValue: -1,
    },
  });
});

test.each<[TemplateVector, ParseSchedule, string]>([
  [{ TIME: "1" }, VM, "No ACTION in template for Scheduled Action."],
  [{ TIME: "1", ACTION: "migrate" }, VM, "migrate is not supported."],
  [{ TIME: "1", ACTION: "toString" }, VM, "toString is not supported."],
  [{ ACTION: "backup" }, VM, "Unable to parse the time value or value is empty: "],
  [{ ACTION: "backup", TIME: "-1" }, VM, "Unable to parse the time value or value is empty: -1"],
  [{ ACTION: "backup", TIME: "12x" }, VM, "Unable to parse the time value or value is empty: 12x"],
  [{ TIME: "+60" }, JOB, "Unable to parse the time value or value is empty: +60"],
  [{ TIME: "1", WARNING: "soon" }, JOB, "Unable to parse the warning value: soon"],
  [{ TIME: "1", REPEAT: "4" }, JOB, "Wrong REPEAT value: 4"],
  [{ TIME: "1", REPEAT: "0" }, JOB, "Repeat set, but DAYS are empty"],
  [{ ...WEEKLY, DAYS: "7" }, JOB, "Days in a week have to be in [0,6] range"],
  [{ ...WEEKLY, REPEAT: "1", DAYS: "0" }, JOB, "Days in a month have to be in [1,31] range"],
  [{ ...WEEKLY, REPEAT: "2", DAYS: "366" }, JOB, "Days in a year have to be in [0,365] range"],
  [{ ...WEEKLY, REPEAT: "3", DAYS: "168" }, JOB, "Hours have to be in [0,168] range"],
  [{ ...WEEKLY, REPEAT: "3", DAYS: "1,2" }, JOB, "Hours have to be in [0,168] range"],
  [{ ...WEEKLY, DAYS: "x" }, JOB, "Days in a week have to be in [0,6] range"],
  [{ ...WEEKLY, END_TYPE: "3" }, JOB, "Wrong END_TYPE value: 3"],
  [
    { ...WEEKLY, END_TYPE: "1", END_VALUE: "-2" },
    JOB,
    "Error parsing END_VALUE, times has to be greater or equal to 0",
  ],
  [{ ...WEEKLY, END_TYPE: "2", END_VALUE: "soon" }, JOB, "Error parsing END_VALUE, wrong format for date."],
  [{ ...WEEKLY, END_TYPE: "1" }, JOB, "END_TYPE set, but END_VALUE is empty"],
  [{ ...WEEKLY, TIMEZONE: "Mars/Base" }, JOB, "Wrong TIMEZONE value: Mars/Base"],
])("%j is refused with the reference's words", (input, options, message) => {
  expect(() => parseSchedule(input, options)).toThrow(message);
});

test("+N counts from the VM's creation; a time in the past is taken", () => {
  expect(parseSchedule({ ACTION: "backup", ARGS: "100", TIME: "+3600" }, VM)).toMatchObject({
    args: "100",
    rule: { time: 1_003_600 },
  });
  expect(parseSchedule({ ACTION: "backup", TIME: "-5" }, VM).rule.time).toBe(-5);
});

test("an update keeps what it does not name, the clock time of a moved run too", () => {
  const stored = parseSchedule({ ...WEEKLY, END_TYPE: "1", END_VALUE: "3" }, JOB);
  const moved = { ...stored, rule: { ...stored.rule, clock: "02:30:00" } };
  expect(parseSchedule({ DAYS: "2" }, { ...JOB, stored: moved })).toEqual({
    ...moved,
    rule: { ...moved.rule, days: [2] },
  });
  expect(parseSchedule({ REPEAT: "-1" }, { ...JOB, stored }).rule).toMatchObject({ repeat: "none", days: [] });
  expect(() => parseSchedule({ END_TYPE: "2" }, { ...JOB, stored })).toThrow("END_VALUE is empty");
});

test("typed input says the same as text", () => {
  const typed = ScheduleInput.parse({
    time: 1_691_402_400,
    repeat: "weekly",
    days: [5, 1],
    endType: "times",
    endValue: 3,
  });
  expect(parseSchedule(scheduleVector(typed), JOB)).toEqual(
    parseSchedule({ ...WEEKLY, END_TYPE: "1", END_VALUE: "3" }, JOB),
  );
});
