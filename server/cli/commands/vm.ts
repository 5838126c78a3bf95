import { listCommand, lockCommands, ownedCommands, showCommand, updateCommand } from "../common-commands";
import { CliError, prefixed } from "../error";
import { DATASTORE, forEachOf, IMAGE, idOf, numberOf, VM } from "../objects";
import { printScheduled, readSchedule, SCHEDULE_OPTIONS } from "../schedule-options";
import { scheduleCommands } from "../schedules";
import type { Cli, Options, Program, Subcommand } from "../spec";
import { newestRun, waitForRun } from "../wait";
import { showVm, vmColumns } from "./vm-show";

const WAIT: readonly [string, string] = ["--wait", "wait for the end, with a line of progress"];

const backup: Subcommand = {
  name: "backup",
  args: ["<vmid>"],
  summary: "back up a machine now, or at a time",
  options: [
    ["-d, --datastore <datastore>", "where to, by id or name"],
    ["--reset", "begin a new chain"],
    WAIT,
    ...SCHEDULE_OPTIONS,
  ],
  differs: "--wait is an addition",
  async run(cli, args, options) {
    const vmId = await idOf(cli, VM, args[0] ?? "");
    const word = options.text("datastore");
    const datastoreId = word === undefined ? -1 : await idOf(cli, DATASTORE, word);
    const isReset = options.isSet("reset");
    const args2 = `${datastoreId},${isReset ? 1 : 0}`;
    const schedule = readSchedule(options, { name: "backup", spoken: "backup", args: args2 }, cli.now());
    const before = options.isSet("wait") ? await newestRun(cli, vmId) : null;
    await prefixed("Error creating VM backup", async () => {
      if (schedule !== null) return void (await cli.call("one.vm.schedadd", vmId, schedule.template));
      await cli.call("one.vm.backup", vmId, datastoreId, isReset);
      if (before !== null) await waitForRun(cli, vmId, before);
    });
    if (schedule !== null) printScheduled(cli, "VM", vmId, schedule);
    else cli.tell(`VM ${vmId}: backup ${before === null ? "started" : "done"}`);
  },
};

const backupCancel: Subcommand = {
  name: "backup-cancel",
  args: ["<vmid>"],
  summary: "cancel the backup of a machine",
  run: (cli, args) =>
    prefixed("Error canceling VM backup", () =>
      forEachOf(cli, VM, args[0] ?? "", "Canceling backup", (id) => cli.call("one.vm.backupcancel", id)),
    ),
};

const restore: Subcommand = {
  name: "restore",
  args: ["<vmid>", "<imageid>"],
  summary: "put a backup in the place of a machine's disks; it must be powered off",
  options: [
    ["--disk-id <n>", "this disk only"],
    ["--increment <n>", "up to this increment; the last by default"],
    WAIT,
  ],
  differs: "--wait is an addition",
  async run(cli, args, options) {
    const vmId = await idOf(cli, VM, args[0] ?? "");
    const imageId = await idOf(cli, IMAGE, args[1] ?? "");
    const increment = numberOf(options.text("increment") ?? "-1", "The increment");
    const diskId = numberOf(options.text("disk-id") ?? "-1", "The disk");
    const before = options.isSet("wait") ? await newestRun(cli, vmId) : null;
    await prefixed("Error restoring", async () => {
      await cli.call("one.vm.restore", vmId, imageId, increment, diskId);
      if (before !== null) await waitForRun(cli, vmId, before);
    });
    cli.tell(`VM ${vmId}: restore ${before === null ? "started" : "done"}`);
  },
};

const backupMode: Subcommand = {
  name: "backupmode",
  args: ["<vmid>", "<mode>"],
  summary: "back up in full, or by increments: FULL or INCREMENT",
  async run(cli, args) {
    const mode = (args[1] ?? "").toUpperCase();
    if (mode !== "FULL" && mode !== "INCREMENT") {
      throw new CliError(`Invalid backup mode: ${args[1]}\nValid backup modes are: FULL,INCREMENT`);
    }
    const id = await idOf(cli, VM, args[0] ?? "");
    await cli.call("one.vm.updateconf", id, `BACKUP_CONFIG = ["MODE"="${mode}"]`, 1);
  },
};

/** Sub-commands of `one.vm.action`, which can be scheduled. */
function powerCommand(name: string, doing: string, canBeHard: boolean): Subcommand {
  return {
    name,
    args: ["<vmids>"],
    summary: `${name} machines`,
    options: [...(canBeHard ? [["--hard", "without asking the guest"] as const] : []), ...SCHEDULE_OPTIONS],
    async run(cli, args, options) {
      const action = canBeHard && options.isSet("hard") ? `${name}-hard` : name;
      await forEachOf(cli, VM, args[0] ?? "", doing, (id) =>
        scheduleOr(cli, options, id, { name: action, args: "" }, () => cli.call("one.vm.action", action, id)),
      );
    },
  };
}

/** Snapshot commands: arguments after the machine go to the method, and joined into ARGS of a schedule. */
function snapshotCommand(name: string, method: string, params: readonly ("number" | "name")[]): Subcommand {
  const words = params.map((param, index) =>
    param === "name" ? "[name]" : index === 0 && params.length === 2 ? "<diskid>" : "<snapshotid>",
  );
  return {
    name,
    args: ["<vmid>", ...words],
    summary: name.replaceAll("-", " "),
    options: SCHEDULE_OPTIONS,
    async run(cli, args, options) {
      const id = await idOf(cli, VM, args[0] ?? "");
      const values = params.map((param, index) => {
        const word = args[index + 1] ?? "";
        return param === "number" ? numberOf(word, "The id") : word;
      });
      await scheduleOr(cli, options, id, { name, args: values.join(",") }, () => cli.call(method, id, ...values));
    },
  };
}

async function scheduleOr(
  cli: Cli,
  options: Options,
  id: number,
  action: { name: string; args: string },
  work: () => Promise<unknown>,
): Promise<void> {
  const schedule = readSchedule(options, { ...action, spoken: action.name }, cli.now());
  if (schedule === null) return void (await work());
  await cli.call("one.vm.schedadd", id, schedule.template);
  printScheduled(cli, "VM", id, schedule);
}

/** `onevm` (jobs-api-cli §6.4). */
export const vmProgram: Program = {
  name: "onevm",
  summary: "Manage virtual machines and their backups",
  commands: [
    backup,
    backupCancel,
    restore,
    backupMode,
    updateCommand(VM, "<vmid>", "updateconf", "one.vm.updateconf"),
    powerCommand("resume", "resuming", false),
    powerCommand("poweroff", "powering off", true),
    powerCommand("reboot", "rebooting", false),
    powerCommand("terminate", "terminating", true),
    snapshotCommand("snapshot-create", "one.vm.snapshotcreate", ["name"]),
    snapshotCommand("snapshot-revert", "one.vm.snapshotrevert", ["number"]),
    snapshotCommand("snapshot-delete", "one.vm.snapshotdelete", ["number"]),
    snapshotCommand("disk-snapshot-create", "one.vm.disksnapshotcreate", ["number", "name"]),
    snapshotCommand("disk-snapshot-revert", "one.vm.disksnapshotrevert", ["number", "number"]),
    snapshotCommand("disk-snapshot-delete", "one.vm.disksnapshotdelete", ["number", "number"]),
    ...ownedCommands(VM, "<vmid>", "<vmids>"),
    ...lockCommands(VM, "<vmids>"),
    updateCommand(VM, "<vmid>", "update", "one.vm.update"),
    listCommand({
      kind: VM,
      columns: vmColumns,
      isFiltered: true,
      options: [["--extended", "whole documents"]],
      method: (options) => (options.isSet("extended") ? "one.vmpool.infoextended" : "one.vmpool.info"),
    }),
    showCommand(VM, "<vmid>", showVm),
    ...scheduleCommands(VM, "<vmid>", true),
  ],
  missing: {
    create: "machines are made by restores, from templates, or registered in the browser",
    "create-chart": "use --schedule of poweroff and terminate",
    "disk-attach, disk-detach, disk-resize, nic-attach, nic-detach": "in the browser, or by one.vm.attach and its kin",
    "deploy, migrate, hold, release, stop, suspend, undeploy, resched, recover": "not part of backups",
    "ssh, vnc, top, save, monitoring, port-forward": "not part of backups; use watch for top",
  },
};
