import { z } from "zod";
import { appError } from "../errors";
import { ObjectId } from "../ids";
import type { TemplateVector } from "../template";
import { clockOf, END_TYPES, type EndType, REPEATS, type Repeat, type ScheduleRule, TimeZone } from "./rule";

/** Whose schedule it is. */
export const ScheduleParent = z.enum(["VM", "BACKUPJOB"]);
export type ScheduleParent = z.infer<typeof ScheduleParent>;

/** What becomes of a time that passed while nobody scheduled: run once, or go on with the next. */
export const CatchUp = z.enum(["once", "skip"]);
export type CatchUp = z.infer<typeof CatchUp>;

/** A scheduled action: OpenNebula's SCHED_ACTION, with a time zone and a catch-up rule of ours. */
export interface ScheduledAction {
  id: number;
  parentType: ScheduleParent;
  parentId: number;
  action: string;
  args: string;
  rule: ScheduleRule;
  catchUp: CatchUp;
  /** Epoch seconds of the last successful run, -1 for never. */
  done: number;
  /** Last error, empty after a success. */
  message: string;
  warning: number;
}

/** Actions of a VM that can be scheduled here (jobs-api-cli §2.6), each with the form of its ARGS. */
export const VM_ACTIONS = {
  backup: "datastore-id, reset",
  terminate: null,
  "terminate-hard": null,
  resume: null,
  reboot: null,
  poweroff: null,
  "poweroff-hard": null,
  "snapshot-create": "snapshot-name",
  "snapshot-revert": "snapshot-id",
  "snapshot-delete": "snapshot-id",
  "disk-snapshot-create": "disk-id, snapshot-name",
  "disk-snapshot-revert": "disk-id, snapshot-id",
  "disk-snapshot-delete": "disk-id, snapshot-id",
} as const satisfies Record<string, string | null>;

/** Attributes of a SCHED_ACTION that a user may set, as text; an absent one keeps its stored value. */
export const ScheduleText = z.record(z.string().max(64), z.string().max(2000));

/** The same, typed, for the browser and the HTTP API; changed into text, so that one set of rules decides. */
export const ScheduleInput = z.object({
  action: z.string().max(64).optional(),
  args: z.string().max(2000).optional(),
  /** Epoch seconds. */
  time: z.number().int().optional(),
  repeat: z.enum([...REPEATS, "none"]).optional(),
  days: z.array(z.number().int()).max(366).optional(),
  endType: z.enum([...END_TYPES, "none"]).optional(),
  endValue: z.number().int().optional(),
  zone: TimeZone.optional(),
  catchUp: CatchUp.optional(),
});
export type ScheduleInput = z.infer<typeof ScheduleInput>;

export const AddSchedule = z.object({ parentType: ScheduleParent, parentId: ObjectId, schedule: ScheduleInput });
export const UpdateSchedule = z.object({ scheduleId: ObjectId, schedule: ScheduleInput });

export interface ParseSchedule {
  parentType: ScheduleParent;
  /** Stored values of the action that is changed, null for a new one. */
  stored: Pick<ScheduledAction, "action" | "args" | "rule" | "catchUp" | "warning"> | null;
  /** What `+N` counts from, epoch seconds; null refuses it, as for backup jobs. */
  origin: number | null;
  /** Zone when none is given. */
  zone: string;
}

/** What parsing makes of a SCHED_ACTION. */
export type ParsedSchedule = Pick<ScheduledAction, "action" | "args" | "rule" | "catchUp" | "warning">;

/**
 * Read a SCHED_ACTION in the reference's order of checks, with its messages (jobs-api-cli §2.2).
 * Differs: END_TYPE without END_VALUE is refused, as its own prepared text says.
 * @throws SCHEDULE_INVALID
 */
export function parseSchedule(input: TemplateVector, options: ParseSchedule): ParsedSchedule {
  const { stored } = options;
  const action = parseAction(input, options);
  const zone = given(input, "TIMEZONE") ?? stored?.rule.zone ?? options.zone;
  if (!TimeZone.safeParse(zone).success) throw invalid(`Wrong TIMEZONE value: ${zone.slice(0, 64)}`);
  const timeText = given(input, "TIME");
  const time = timeText === undefined ? stored?.rule.time : parseTime(timeText, options.origin, "time");
  if (time === undefined) throw invalid("Unable to parse the time value or value is empty: ");
  const warningText = given(input, "WARNING");
  const warning =
    warningText === undefined ? (stored?.warning ?? 0) : parseTime(warningText, options.origin, "warning");
  const repeat = parseRepeat(input, stored?.rule.repeat ?? "none");
  const days = parseDays(input, repeat, stored?.rule);
  const end = parseEnd(input, stored?.rule);
  const catchUp = given(input, "CATCH_UP")?.toLowerCase() ?? stored?.catchUp ?? "once";
  const isSameTime = time === stored?.rule.time && zone === stored.rule.zone;
  return {
    action,
    args: input["ARGS"] ?? stored?.args ?? "",
    catchUp: catchUp === "skip" ? "skip" : "once",
    warning,
    rule: { time, clock: isSameTime ? stored.rule.clock : clockOf(time, zone), zone, repeat, days, ...end },
  };
}

function parseAction(input: TemplateVector, { parentType, stored }: ParseSchedule): string {
  if (parentType === "BACKUPJOB") return "backup";
  const action = given(input, "ACTION") ?? stored?.action;
  if (action === undefined) throw invalid("No ACTION in template for Scheduled Action.");
  if (!Object.hasOwn(VM_ACTIONS, action)) throw invalid(`${action} is not supported.`);
  return action;
}

function parseTime(text: string, origin: number | null, what: "time" | "warning"): number {
  const match = /^(\+?)(-?\d{1,12})$/.exec(text);
  const value = match === null ? -1 : Number(match[2]);
  const isRelative = match?.[1] === "+";
  if (value === -1 || (isRelative && (origin === null || value < 0))) {
    throw invalid(
      what === "time"
        ? `Unable to parse the time value or value is empty: ${text.slice(0, 64)}`
        : `Unable to parse the warning value: ${text.slice(0, 64)}`,
    );
  }
  return isRelative ? (origin ?? 0) + value : value;
}

function parseRepeat(input: TemplateVector, stored: Repeat): Repeat {
  const text = given(input, "REPEAT");
  if (text === undefined) return stored;
  if (text === "-1") return "none";
  const repeat = /^\d$/.test(text) ? REPEATS[Number(text)] : undefined;
  if (repeat === undefined) throw invalid(`Wrong REPEAT value: ${text.slice(0, 20)}`);
  return repeat;
}

const DAY_RANGES: Readonly<Record<Exclude<Repeat, "none">, { min: number; max: number; message: string }>> = {
  weekly: { min: 0, max: 6, message: "Days in a week have to be in [0,6] range" },
  monthly: { min: 1, max: 31, message: "Days in a month have to be in [1,31] range" },
  yearly: { min: 0, max: 365, message: "Days in a year have to be in [0,365] range" },
  hourly: { min: 1, max: 167, message: "Hours have to be in [0,168] range" },
};

function parseDays(input: TemplateVector, repeat: Repeat, stored: ScheduleRule | undefined): number[] {
  if (repeat === "none") return [];
  const text = given(input, "DAYS");
  const words = text === undefined ? (stored?.days ?? []).map(String) : text.split(",").map((word) => word.trim());
  if (words.length === 0) throw invalid("Repeat set, but DAYS are empty");
  const { min, max, message } = DAY_RANGES[repeat];
  const days = words.map((word) => (/^\d{1,4}$/.test(word) ? Number(word) : Number.NaN));
  if (days.some((day) => !(day >= min && day <= max))) throw invalid(message);
  const unique = [...new Set(days)].sort((a, b) => a - b);
  if (repeat === "hourly" && unique.length !== 1) throw invalid(message);
  return unique;
}

function parseEnd(input: TemplateVector, stored: ScheduleRule | undefined): { endType: EndType; endValue: number } {
  const typeText = given(input, "END_TYPE");
  let endType: EndType = stored?.endType ?? "none";
  if (typeText !== undefined) {
    const known = typeText === "-1" ? "none" : /^\d$/.test(typeText) ? END_TYPES[Number(typeText)] : undefined;
    if (known === undefined) throw invalid(`Wrong END_TYPE value: ${typeText.slice(0, 20)}`);
    endType = known;
  }
  if (endType === "none" || endType === "never") return { endType, endValue: -1 };
  const valueText = given(input, "END_VALUE");
  if (valueText === undefined) {
    const isKept = stored?.endType === endType && stored.endValue !== -1;
    if (!isKept) throw invalid("END_TYPE set, but END_VALUE is empty");
    return { endType, endValue: stored.endValue };
  }
  const value = /^\d{1,12}$/.test(valueText) ? Number(valueText) : null;
  if (value === null) {
    throw invalid(
      endType === "times"
        ? "Error parsing END_VALUE, times has to be greater or equal to 0"
        : "Error parsing END_VALUE, wrong format for date.",
    );
  }
  return { endType, endValue: value };
}

/** The typed input as the text that `parseSchedule` reads. */
export function scheduleVector(input: ScheduleInput): TemplateVector {
  const vector: TemplateVector = {};
  const put = (key: string, value: string | number | undefined) => {
    if (value !== undefined) vector[key] = String(value);
  };
  put("ACTION", input.action);
  put("ARGS", input.args);
  put("TIME", input.time);
  put("REPEAT", input.repeat === undefined ? undefined : repeatNumber(input.repeat));
  put("DAYS", input.days?.join(","));
  put("END_TYPE", input.endType === undefined ? undefined : endTypeNumber(input.endType));
  put("END_VALUE", input.endType === "none" || input.endType === "never" ? undefined : input.endValue);
  put("TIMEZONE", input.zone);
  put("CATCH_UP", input.catchUp);
  return vector;
}

/** OpenNebula's number of a repeat: -1 none, 0 weekly … 3 hourly. */
export function repeatNumber(repeat: Repeat): number {
  return repeat === "none" ? -1 : REPEATS.indexOf(repeat);
}

/** OpenNebula's number of an end: -1 none, 0 never, 1 times, 2 date. */
export function endTypeNumber(endType: EndType): number {
  return endType === "none" ? -1 : END_TYPES.indexOf(endType);
}

/** Is it due? The reference's test: TIME < now and TIME > DONE. */
export function isDue(action: Pick<ScheduledAction, "rule" | "done">, now: number): boolean {
  return action.rule.time < now && action.rule.time > action.done;
}

function given(input: TemplateVector, key: string): string | undefined {
  const value = input[key]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

function invalid(message: string) {
  return appError("SCHEDULE_INVALID", { message });
}
