import { child, type XmlNode } from "../lib/xml/parse";
import { CliError, prefixed } from "./error";
import { idOf, numberOf, type ObjectKind } from "./objects";
import { safe } from "./output";
import { documentOf } from "./rpc";
import { dayTime, minuteTime, printHeader, text } from "./show";
import type { Cli, Subcommand } from "./spec";

/** SCHED_ACTIONs in details, and the sub-commands that change them (jobs-api-cli §6.4). */

/** `sched-update`, `sched-delete` and their deprecated names. */
export function scheduleCommands(kind: ObjectKind, argument: string, hasDeprecated: boolean): Subcommand[] {
  const update = (cli: Cli, args: readonly string[]) => updateSchedule(cli, kind, args);
  const remove = (cli: Cli, args: readonly string[]) => deleteSchedule(cli, kind, args);
  const updating = { args: [argument, "<schedid>", "[file]"], summary: "change a scheduled action" };
  const deleting = { args: [argument, "<schedid>"], summary: "delete a scheduled action" };
  const deprecated = (name: string, work: Subcommand["run"]): Subcommand["run"] => {
    return async (cli, args, options) => {
      cli.print("This command is deprecated, use instead:");
      cli.print(`  $ one${kind.object} ${name}`);
      await work(cli, args, options);
    };
  };
  return [
    { name: "sched-update", ...updating, differs: "no editor: a file or standard input", run: update },
    { name: "sched-delete", ...deleting, run: remove },
    ...(hasDeprecated
      ? [
          {
            ...updating,
            name: "update-chart",
            summary: "deprecated: sched-update",
            run: deprecated("sched-update", update),
          },
          {
            ...deleting,
            name: "delete-chart",
            summary: "deprecated: sched-delete",
            run: deprecated("sched-delete", remove),
          },
        ]
      : []),
  ];
}

async function updateSchedule(cli: Cli, kind: ObjectKind, args: readonly string[]): Promise<void> {
  const [object = "", schedule = "", file] = args;
  const [id, scheduleId] = [await idOf(cli, kind, object), numberOf(schedule, "The scheduled action")];
  const document = documentOf(await cli.call(`one.${kind.object}.info`, id, false));
  const isThere = schedulesOf(document).some((one) => text(one, "ID") === String(scheduleId));
  if (!isThere) throw new CliError(`Sched action ${scheduleId} not found`);
  const given = await cli.readTemplate(file);
  if (given === undefined) throw new CliError("Give the new attributes in a file or on standard input.");
  const lines = given.split("\n").map((line) => line.trim());
  const template = `\nSCHED_ACTION = [ ${lines.filter((line) => line !== "").join(",")} ]`;
  await prefixed("Error updating", () => cli.call(`one.${kind.object}.schedupdate`, id, scheduleId, template));
}

async function deleteSchedule(cli: Cli, kind: ObjectKind, args: readonly string[]): Promise<void> {
  const [object = "", schedule = ""] = args;
  const [id, scheduleId] = [await idOf(cli, kind, object), numberOf(schedule, "The scheduled action")];
  await prefixed("Error deleting", () => cli.call(`one.${kind.object}.scheddelete`, id, scheduleId));
}

export function schedulesOf(document: XmlNode): XmlNode[] {
  return (child(document, "TEMPLATE")?.children ?? []).filter((one) => one.name === "SCHED_ACTION");
}

/** The section SCHEDULED ACTIONS; nothing when there are none. */
export function printSchedules(cli: Cli, document: XmlNode): void {
  const schedules = schedulesOf(document);
  if (schedules.length === 0) return;
  const rows = schedules.map((schedule) => scheduleRow(schedule, cli.now()));
  const head = ["ID", "ACTION", "ARGS", "SCHEDULED", "REPEAT", "END", "STATUS"];
  const width = (index: number, least: number) =>
    Math.max(least, ...[head, ...rows].map((cells) => (cells[index] ?? "").length));
  const widths = [5, 6, 6, 11, 16, 13, 6].map((least, index) => width(index, least));
  printHeader(cli, "SCHEDULED ACTIONS");
  for (const cells of [head, ...rows]) {
    cli.print(cells.map((cell, index) => (index === 6 ? cell : cell.padStart(widths[index] ?? 0))).join(" "));
  }
}

const REPEAT_WORDS = ["Weekly", "Monthly", "Yearly"] as const;

function scheduleRow(schedule: XmlNode, nowMs: number): string[] {
  const value = (name: string) => safe(text(schedule, name));
  const [time, done, warning] = [Number(value("TIME")), Number(value("DONE")), Number(value("WARNING"))];
  const isWarned = warning > 0 && warning < nowMs / 1000 && done <= 0;
  const repeat = Number(value("REPEAT") || "-1");
  const repeated =
    repeat === 3 ? `Each ${value("DAYS")} hours` : `${REPEAT_WORDS[repeat] ?? ""} ${value("DAYS")}`.trim();
  return [
    `${isWarned ? "*" : ""}${value("ID")}`,
    value("ACTION"),
    value("ARGS") || "-",
    minuteTime(String(time)),
    repeat < 0 ? "" : repeated,
    endText(value("END_TYPE"), value("END_VALUE")),
    statusText({ time, done, repeat, message: value("MESSAGE") }, nowMs),
  ];
}

function endText(type: string, value: string): string {
  if (type === "0") return "None";
  if (type === "1") return `After ${value} times`;
  return type === "2" ? `On ${dayTime(value)}` : "";
}

/** What a schedule does next, or why it does not (jobs-api-cli §6.4). */
export function statusText(
  schedule: { time: number; done: number; repeat: number; message: string },
  nowMs: number,
): string {
  if (schedule.done > 0 && schedule.repeat < 0) return `Done on ${minuteTime(String(schedule.done))}`;
  if (schedule.message !== "") return `Error! ${schedule.message}`;
  const seconds = schedule.time - nowMs / 1000;
  if (seconds > 86_400) return `Next in ${(seconds / 86_400).toFixed(2)} days`;
  if (seconds > 3_600) return `Next in ${(seconds / 3_600).toFixed(2)} hours`;
  return seconds > 0 ? `Next in ${(seconds / 60).toFixed(2)} minutes` : "Overdue!";
}
