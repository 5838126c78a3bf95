import type { XmlNode } from "../../lib/xml/parse";
import { child } from "../../lib/xml/parse";
import {
  listCommand,
  lockCommands,
  ownedCommands,
  showCommand,
  simpleCommand,
  updateCommand,
} from "../common-commands";
import { CliError, messageOf } from "../error";
import { forEachOf, idsOf, JOB, numberOf } from "../objects";
import type { Column } from "../output";
import { printScheduled, readSchedule, SCHEDULE_OPTIONS } from "../schedule-options";
import { printSchedules, scheduleCommands } from "../schedules";
import {
  durationText,
  ids,
  listTime,
  lockName,
  printField,
  printFields,
  printHeader,
  printPermissions,
  printTemplateOf,
  shortTime,
  text,
} from "../show";
import type { Cli, Options, Program, Subcommand } from "../spec";

const VMS_SHOWN = 15;

const columns: readonly Column<XmlNode>[] = [
  { name: "ID", size: 4, isAdjusted: true, meaning: "id of the job", value: (one) => text(one, "ID") },
  { name: "USER", size: 8, isLeft: true, meaning: "owner", value: (one) => text(one, "UNAME") },
  { name: "GROUP", size: 8, isLeft: true, meaning: "group", value: (one) => text(one, "GNAME") },
  { name: "PRIO", size: 4, isLeft: true, meaning: "priority", value: (one) => text(one, "PRIORITY") },
  { name: "NAME", size: 15, isLeft: true, isExpanded: true, meaning: "name", value: (one) => text(one, "NAME") },
  {
    name: "LAST",
    size: 15,
    isLeft: true,
    isExpanded: true,
    meaning: "last run",
    value: (one) => listTime(text(one, "LAST_BACKUP_TIME")),
  },
  {
    name: "VMS",
    size: 15,
    isLeft: true,
    isExpanded: true,
    meaning: "machines",
    value(one) {
      const vms = text(one, "TEMPLATE", "BACKUP_VMS");
      return vms.length > VMS_SHOWN ? `${vms.slice(0, VMS_SHOWN - 3)}...` : vms;
    },
  },
];

const create: Subcommand = {
  name: "create",
  args: ["[file]"],
  summary: "create a backup job",
  options: [
    ["--name <name>", "name"],
    ["--description <text>", "description"],
    ["--vms <ids>", "machines, e.g. 1,2"],
    ["--keep <n>", "how many backups to keep"],
    ["--mode <mode>", "increment or full"],
    ["--datastore <id>", "datastore of the backups"],
    ...SCHEDULE_OPTIONS,
  ],
  differs: "--datastore is an addition",
  async run(cli, args, options) {
    const schedule = readSchedule(options, { name: null, spoken: "backup" }, cli.now());
    const fromOptions = optionTemplate(options);
    const given = await cli.readTemplate(args[0], { isOptional: fromOptions !== "" });
    const template = given ?? fromOptions;
    if (template === "") throw new CliError("Give a template in a file or on standard input, or --name and others.");
    const id = await onStdout(() => cli.call("one.backupjob.allocate", template));
    cli.print(`ID: ${id}`);
    if (schedule === null) return;
    await onStdout(() => cli.call("one.backupjob.schedadd", Number(id), schedule.template));
    printScheduled(cli, "BACKUPJOB", Number(id), schedule);
  },
};

/** Errors of `create` are on stdout in the reference. */
async function onStdout<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CliError(messageOf(error), { isOnStdout: true });
  }
}

const OPTION_ATTRIBUTES = [
  ["name", "NAME"],
  ["description", "DESCRIPTION"],
  ["vms", "BACKUP_VMS"],
  ["keep", "KEEP_LAST"],
  ["mode", "MODE"],
  ["datastore", "DATASTORE_ID"],
] as const;

function optionTemplate(options: Options): string {
  return OPTION_ATTRIBUTES.flatMap(([option, attribute]) => {
    const value = options.text(option);
    if (value === undefined) return [];
    const shown = option === "mode" ? value.toUpperCase() : value;
    return [`${attribute}="${shown.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"\n`];
  }).join("");
}

const backup: Subcommand = {
  name: "backup",
  args: ["<backupjobids>"],
  summary: "run a job now, or at a time",
  options: SCHEDULE_OPTIONS,
  async run(cli, args, options) {
    const schedule = readSchedule(options, { name: null, spoken: "backup" }, cli.now());
    await forEachOf(cli, JOB, args[0] ?? "", "Starting backups", async (id) => {
      if (schedule === null) return void (await cli.call("one.backupjob.backup", id));
      // The reference says so before it asks the server, which refuses a relative time.
      printScheduled(cli, "BACKUPJOB", id, schedule);
      await cli.call("one.backupjob.schedadd", id, schedule.template);
    });
  },
};

const priority: Subcommand = {
  name: "priority",
  args: ["<backupjobids>", "<priority>"],
  summary: "set the priority: 0 to 99, over 49 for administrators",
  async run(cli, args) {
    const value = numberOf(args[1] ?? "", "The priority");
    for (const id of await idsOf(cli, JOB, args[0] ?? "")) await cli.call("one.backupjob.priority", id, value);
  },
};

function show(cli: Cli, job: XmlNode): void {
  printHeader(cli, `BACKUP JOB ${text(job, "ID")} INFORMATION`);
  printFields(cli, [
    ["ID", text(job, "ID")],
    ["NAME", text(job, "NAME")],
    ["USER", text(job, "UNAME")],
    ["GROUP", text(job, "GNAME")],
    ["LOCK", lockName(job)],
  ]);
  printPermissions(cli, job);
  cli.print("");
  printHeader(cli, "LAST BACKUP JOB EXECUTION INFORMATION");
  const last = text(job, "LAST_BACKUP_TIME");
  const hasRun = Number(last) > 0;
  printField(cli, "TIME", shortTime(last));
  printField(cli, "DURATION", hasRun ? durationText(Number(text(job, "LAST_BACKUP_DURATION"))) : "-");
  cli.print("");
  printHeader(cli, "VIRTUAL MACHINE BACKUP STATUS");
  const lists = { UPDATED: "UPDATED", OUTDATED: "OUTDATED", ONGOING: "BACKING_UP", ERROR: "ERROR" };
  for (const [label, list] of Object.entries(lists)) printField(cli, label, ids(job, `${list}_VMS`).join(","));
  cli.print("");
  if (ids(job, "SCHED_ACTIONS").length > 0) {
    printSchedules(cli, job);
    cli.print("");
  }
  printHeader(cli, "TEMPLATE CONTENTS");
  printTemplateOf(cli, child(job, "TEMPLATE"), ["SCHED_ACTION"]);
}

const simple = (name: string, summary: string, doing: string) =>
  simpleCommand(JOB, "<backupjobids>", name, { method: `one.backupjob.${name}`, summary, doing });

/** `onebackupjob` (jobs-api-cli §6.6). */
export const backupJobProgram: Program = {
  name: "onebackupjob",
  summary: "Manage backup jobs",
  commands: [
    create,
    simple("delete", "delete a job", "deleting"),
    backup,
    simple("cancel", "cancel a job's backups", "Backups canceled"),
    simple("retry", "back up again what failed", "Retrying backups for failed Virtual Machines"),
    priority,
    updateCommand(JOB, "<backupjobid>", "update", "one.backupjob.update"),
    ...ownedCommands(JOB, "<backupjobid>", "<backupjobids>"),
    ...lockCommands(JOB, "<backupjobids>"),
    listCommand({ kind: JOB, columns, isFiltered: true }),
    showCommand(JOB, "<backupjobid>", show),
    ...scheduleCommands(JOB, "<backupjobid>", false),
  ],
  missing: {},
};
