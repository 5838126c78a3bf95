import type { Prisma } from "../../db/client";
import type { ParsedSchedule, ScheduledAction, ScheduleParent } from "../../domain/schedule/action";
import type { EndType, Repeat } from "../../domain/schedule/rule";

/** A stored schedule with its types; rows are written by the core only. */
export function toSchedule(row: Prisma.ScheduledActionModel): ScheduledAction {
  return {
    id: row.id,
    parentType: row.parentType as ScheduleParent,
    parentId: row.parentId,
    action: row.action,
    args: row.args,
    catchUp: row.catchUp === "skip" ? "skip" : "once",
    done: Number(row.done),
    message: row.message,
    warning: Number(row.warning),
    rule: {
      time: Number(row.time),
      clock: row.clock,
      zone: row.zone,
      repeat: row.repeat as Repeat,
      days: row.days,
      endType: row.endType as EndType,
      endValue: Number(row.endValue),
    },
  };
}

/** The columns of what was parsed. */
export function scheduleColumns({ rule, action, args, catchUp, warning }: ParsedSchedule) {
  return { action, args, catchUp, warning: BigInt(warning), ...ruleColumns(rule) };
}

/** The columns of a rule alone, for a schedule that is armed again. */
export function ruleColumns(rule: ScheduledAction["rule"]) {
  return {
    time: BigInt(rule.time),
    clock: rule.clock,
    zone: rule.zone,
    repeat: rule.repeat,
    days: [...rule.days],
    endType: rule.endType,
    endValue: BigInt(rule.endValue),
  };
}
