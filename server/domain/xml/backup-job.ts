import type { JobSettings, MEMBER_LISTS, MemberList } from "../job/job";
import { endTypeNumber, repeatNumber, type ScheduledAction } from "../schedule/action";
import type { Template, TemplateVector } from "../template";
import { element, epochSeconds, idsElement, type Xml } from "./builder";
import { type LockDocument, lockElements, type OwnedDocument, ownerElements, permissionsElement } from "./shared";
import { templateElement } from "./template-xml";

/** Everything the BACKUPJOB document shows (backupjob.xsd, jobs-api-cli §5.2). */
export interface JobDocument extends OwnedDocument {
  lock: LockDocument | null;
  priority: number;
  /** Epoch ms, null for never. */
  lastBackupAt: number | null;
  lastBackupDuration: number;
  members: Record<MemberList, readonly number[]>;
  settings: JobSettings;
  error: string | null;
  schedules: readonly ScheduledAction[];
}

/** The `<BACKUPJOB>` document; a pool's has no SCHED_ACTION elements. */
export function jobXml(job: JobDocument, options: { withSchedules: boolean }): Xml {
  const ascending = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
  const lists: readonly MemberList[] = [
    "UPDATED",
    "OUTDATED",
    "BACKING_UP",
    "ERROR",
  ] satisfies (typeof MEMBER_LISTS)[number][];
  return element("BACKUPJOB", [
    ...ownerElements(job),
    ...lockElements(job.lock),
    permissionsElement(job.permissions),
    element("PRIORITY", job.priority),
    element("LAST_BACKUP_TIME", epochSeconds(job.lastBackupAt)),
    element("LAST_BACKUP_DURATION", job.lastBackupDuration),
    idsElement("SCHED_ACTIONS", ascending(job.schedules.map((schedule) => schedule.id))),
    ...lists.map((list) => idsElement(`${list}_VMS`, ascending(job.members[list]))),
    templateElement("TEMPLATE", jobTemplate(job, options.withSchedules), {
      last: ["SCHED_ACTION"],
      vectorOrder: { SCHED_ACTION: SCHED_ACTION_ORDER },
    }),
  ]);
}

/** The attributes of a job's template, as §1.3 writes them. */
export function jobTemplate(
  job: Pick<JobDocument, "settings" | "error" | "schedules">,
  withSchedules: boolean,
): Template {
  const { settings } = job;
  const template: Template = {
    ...settings.extra,
    BACKUP_VMS: [settings.vmIds.join(",")],
    BACKUP_VOLATILE: [settings.backupVolatile ? "YES" : "NO"],
    EXECUTION: [settings.execution],
    FS_FREEZE: [settings.fsFreeze],
    KEEP_LAST: [String(settings.keepLast)],
    MODE: [settings.mode],
  };
  if (settings.datastoreId !== null) template["DATASTORE_ID"] = [String(settings.datastoreId)];
  if (settings.diskIds !== null) template["DISK_IDS"] = [settings.diskIds.join(",")];
  if (settings.mode === "INCREMENT") template["INCREMENT_MODE"] = [settings.incrementMode ?? "CBT"];
  if (settings.reset) template["RESET"] = ["YES"];
  if (job.error !== null) template["ERROR"] = [job.error];
  if (withSchedules) template["SCHED_ACTION"] = job.schedules.map(scheduleVector);
  return template;
}

/** Keys of SCHED_ACTION in the order of shared.xsd. */
export const SCHED_ACTION_ORDER =
  "ID PARENT_ID TYPE ACTION ARGS TIME REPEAT DAYS END_TYPE END_VALUE DONE MESSAGE WARNING".split(" ");

/** A schedule as the vector of its parent's template. */
export function scheduleVector(schedule: ScheduledAction): TemplateVector {
  const { rule } = schedule;
  return {
    ID: String(schedule.id),
    PARENT_ID: String(schedule.parentId),
    TYPE: schedule.parentType,
    ACTION: schedule.action,
    ARGS: schedule.args,
    TIME: String(rule.time),
    REPEAT: String(repeatNumber(rule.repeat)),
    DAYS: rule.days.join(","),
    END_TYPE: String(endTypeNumber(rule.endType)),
    END_VALUE: String(rule.endValue),
    DONE: String(schedule.done),
    MESSAGE: schedule.message,
    WARNING: String(schedule.warning),
  };
}
