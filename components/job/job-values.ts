import type { z } from "zod";
import { CreateJob, DEFAULT_POLICY, type JobDetail, type JobSettings } from "@/server/domain/job/job";
import { type Gfs, NO_GFS } from "@/server/domain/retention-policy";
import type { ScheduledAction } from "@/server/domain/schedule/action";
import { t, words } from "../i18n/t";
import type { ErrorView } from "../lib/error-message";
import { readSchedule, type ScheduleValues, valuesOfSchedule } from "../schedule/schedule-values";

/** A job as its form holds it; numbers are text while they are typed. */
export interface JobValues {
  name: string;
  priority: string;
  vmIds: number[];
  hasRule: boolean;
  namePattern: string;
  labels: string;
  ownerIds: number[];
  groupIds: number[];
  hostIds: number[];
  exclusions: { vmId: number; reason: string }[];
  datastoreId: number | null;
  mode: JobSettings["mode"];
  keepLast: string;
  /** Numbers that are not complete are NaN. */
  gfs: Gfs;
  backupVolatile: boolean;
  fsFreeze: JobSettings["fsFreeze"];
  incrementMode: JobSettings["incrementMode"];
  execution: JobSettings["execution"];
  reset: boolean;
  retries: string;
  retryMinutes: string;
  chainRuns: string;
  chainDays: string;
  rpoHours: string;
  schedules: ScheduleValues[];
}

/** The sections of the form in which an error can be. */
export type JobErrors = Partial<Record<keyof JobValues | "form", string>>;

/** A new job: increments of which seven points are kept. */
export const NEW_JOB: JobValues = {
  name: "",
  priority: "50",
  vmIds: [],
  hasRule: false,
  namePattern: "",
  labels: "",
  ownerIds: [],
  groupIds: [],
  hostIds: [],
  exclusions: [],
  datastoreId: null,
  mode: "INCREMENT",
  keepLast: "7",
  gfs: NO_GFS,
  backupVolatile: false,
  fsFreeze: "NONE",
  incrementMode: null,
  execution: "SEQUENTIAL",
  reset: false,
  retries: "0",
  retryMinutes: "10",
  chainRuns: "0",
  chainDays: "0",
  rpoHours: "",
  schedules: [],
};

/** A stored job in its form. */
export function valuesOfJob(job: JobDetail, schedules: readonly ScheduledAction[]): JobValues {
  const { settings } = job;
  const { selection, exclusions, retries, newChain, rpoMinutes } = settings.policy;
  return {
    name: job.name,
    priority: String(job.priority),
    vmIds: settings.vmIds,
    hasRule: selection !== null,
    namePattern: selection?.namePattern ?? "",
    labels: (selection?.labels ?? []).join(", "),
    ownerIds: selection?.ownerIds ?? [],
    groupIds: selection?.groupIds ?? [],
    hostIds: selection?.hostIds ?? [],
    exclusions,
    datastoreId: settings.datastoreId,
    mode: settings.mode,
    keepLast: String(settings.keepLast),
    gfs: settings.policy.gfs,
    backupVolatile: settings.backupVolatile,
    fsFreeze: settings.fsFreeze,
    incrementMode: settings.incrementMode,
    execution: settings.execution,
    reset: settings.reset,
    retries: String(retries.count),
    retryMinutes: String(retries.waitMinutes),
    chainRuns: String(newChain.everyRuns),
    chainDays: String(newChain.everyDays),
    rpoHours: rpoMinutes === null ? "" : String(rpoMinutes / 60),
    schedules: schedules.map(valuesOfSchedule),
  };
}

/** The rule in the form; null when the job has a list only. */
export function selectionOf(values: JobValues) {
  if (!values.hasRule) return null;
  const labels = values.labels.split(",").flatMap((label) => (label.trim() === "" ? [] : [label.trim()]));
  const namePattern = values.namePattern.trim() === "" ? null : values.namePattern.trim();
  return { ownerIds: values.ownerIds, groupIds: values.groupIds, hostIds: values.hostIds, labels, namePattern };
}

type Settings = z.output<typeof CreateJob>;
export type ReadJob = { job: Settings; errors: null } | { job: null; errors: JobErrors };

/** What the form means, or what is wrong at which field. What the form does not show (`before`) stays as it is. */
export function readJob(values: JobValues, before: JobSettings | null, now: number): ReadJob {
  const errors: JobErrors = {};
  if (values.schedules.some((schedule) => !schedule.isFinished && readSchedule(schedule, now).errors !== null)) {
    errors.schedules = t("A schedule is not complete.");
  }
  const parsed = CreateJob.safeParse({
    ...(before ?? {}),
    name: values.name.trim(),
    priority: numberOf(values.priority),
    vmIds: values.vmIds,
    datastoreId: values.datastoreId,
    keepLast: numberOf(values.keepLast),
    backupVolatile: values.backupVolatile,
    fsFreeze: values.fsFreeze,
    mode: values.mode,
    incrementMode: values.incrementMode,
    execution: values.execution,
    reset: values.reset,
    policy: {
      ...(before?.policy ?? DEFAULT_POLICY),
      selection: selectionOf(values),
      exclusions: values.exclusions,
      retries: { count: numberOf(values.retries), waitMinutes: numberOf(values.retryMinutes) },
      newChain: { everyRuns: numberOf(values.chainRuns), everyDays: numberOf(values.chainDays) },
      gfs: values.gfs,
      rpoMinutes: values.rpoHours.trim() === "" ? null : Math.round(numberOf(values.rpoHours) * 60),
    },
  });
  for (const issue of parsed.error?.issues ?? []) {
    const field = fieldOfPath(issue.path.map(String).join("."));
    const isNumber = issue.code === "invalid_type" || issue.code === "too_big" || issue.code === "too_small";
    errors[field] ??= isNumber && field in NUMBERS ? NUMBERS[field] : issue.message;
  }
  return parsed.success && Object.keys(errors).length === 0
    ? { job: parsed.data, errors: null }
    : { job: null, errors };
}

const NUMBERS: JobErrors = words({
  priority: "Give a whole number from 0 to 99.",
  keepLast: "Give a whole number from 0 to 10000.",
  retries: "Give a whole number from 0 to 10.",
  retryMinutes: "Give a whole number of minutes from 1 to 1440.",
  chainRuns: "Give a whole number from 0 to 10000.",
  chainDays: "Give a whole number of days from 0 to 3650.",
  rpoHours: "Give a number of hours, or nothing.",
  gfs: "Give whole numbers from 0 to 1000.",
});

const PATHS: readonly [path: string, field: keyof JobErrors][] = [
  ["policy.retries.count", "retries"],
  ["policy.retries.waitMinutes", "retryMinutes"],
  ["policy.newChain.everyRuns", "chainRuns"],
  ["policy.newChain.everyDays", "chainDays"],
  ["policy.rpoMinutes", "rpoHours"],
  ["policy.gfs", "gfs"],
  ["policy.exclusions", "exclusions"],
  ["policy.selection", "namePattern"],
  ["keepLast", "keepLast"],
  ["vmIds", "vmIds"],
  ["name", "name"],
  ["priority", "priority"],
  ["datastoreId", "datastoreId"],
  ["schedules", "schedules"],
];

function fieldOfPath(path: string): keyof JobErrors {
  const bare = path.replace(/^settings\./, "");
  return PATHS.find(([start]) => bare === start || bare.startsWith(`${start}.`))?.[1] ?? "form";
}

const CODES: Readonly<Record<string, keyof JobErrors>> = {
  NAME_TAKEN: "name",
  JOB_NAME_COLLIDES: "name",
  JOB_VM_TAKEN: "vmIds",
  JOB_PRIORITY: "priority",
  ADMIN_ONLY: "priority",
  SCHEDULE_INVALID: "schedules",
  NOT_BACKUP_DATASTORE: "datastoreId",
};

/** Where a refusal of the server belongs. */
export function errorsOfServer(error: ErrorView): JobErrors {
  if (error.fields.length > 0) {
    return Object.fromEntries(error.fields.map((field) => [fieldOfPath(field.path), field.message]));
  }
  return { [CODES[error.code ?? ""] ?? "form"]: error.message };
}

function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** A list with the element at `from` put at `to`. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
}
