import type { XmlNode } from "../../lib/xml/parse";
import { child } from "../../lib/xml/parse";
import { listCommand, lockCommands, ownedCommands, showCommand, updateCommand } from "../common-commands";
import { CliError, messageOf } from "../error";
import { DATASTORE, forEachOf, IMAGE, idOf, numberOf } from "../objects";
import type { Column } from "../output";
import {
  ids,
  listTime,
  lockName,
  printFields,
  printHeader,
  printPermissions,
  printTemplateOf,
  shortTime,
  sizeText,
  text,
} from "../show";
import type { Cli, Options, Program, Subcommand } from "../spec";

const TYPES = ["OS", "CDROM", "DATABLOCK", "KERNEL", "RAMDISK", "CONTEXT", "BACKUP", "FILESYSTEM"] as const;
const TYPE_SHORTS = ["OS", "CD", "DB", "KL", "RD", "CX", "BK", "FS"] as const;
const STATES = "init rdy used disa lock err clon dele used lock lock".split(" ");
const STATE_NAMES = "INIT READY USED DISABLED LOCKED ERROR CLONE DELETE USED_PERS LOCKED_USED LOCKED_USED_PERS".split(
  " ",
);

const columns: readonly Column<XmlNode>[] = [
  { name: "ID", size: 4, isAdjusted: true, meaning: "id of the image", value: (one) => text(one, "ID") },
  { name: "USER", size: 8, isLeft: true, meaning: "owner", value: (one) => text(one, "UNAME") },
  { name: "GROUP", size: 8, isLeft: true, meaning: "group", value: (one) => text(one, "GNAME") },
  { name: "NAME", size: 15, isLeft: true, isExpanded: true, meaning: "name", value: (one) => text(one, "NAME") },
  { name: "DATASTORE", size: 10, isLeft: true, meaning: "datastore", value: (one) => text(one, "DATASTORE") },
  { name: "SIZE", size: 7, meaning: "size", value: (one) => sizeText(Number(text(one, "SIZE"))) },
  {
    name: "TYPE",
    size: 4,
    isLeft: true,
    meaning: "type: OS CD DB KL RD CX BK FS",
    value: (one) => TYPE_SHORTS[Number(text(one, "TYPE"))] ?? "",
  },
  {
    name: "PERSISTENT",
    size: 3,
    meaning: "is it persistent",
    value: (one) => (text(one, "PERSISTENT") === "1" ? "Yes" : "No"),
  },
  { name: "STAT", size: 4, isLeft: true, meaning: "state", value: (one) => STATES[Number(text(one, "STATE"))] ?? "" },
  { name: "RVMS", size: 4, meaning: "machines that use it", value: (one) => text(one, "RUNNING_VMS") },
  {
    name: "REGTIME",
    size: 15,
    isHidden: true,
    meaning: "registration",
    value: (one) => listTime(text(one, "REGTIME")),
  },
  { name: "MODTIME", size: 15, isHidden: true, meaning: "change", value: (one) => listTime(text(one, "MODTIME")) },
];

const restore: Subcommand = {
  name: "restore",
  args: ["<imageid>"],
  summary: "restore a backup as a template and images",
  options: [
    ["-d, --datastore <datastore>", "image datastore, by id or name"],
    ["--no_nic", "without the network interfaces"],
    ["--no_ip", "without the addresses"],
    ["--name <name>", "name of what is made"],
    ["--increment <n>", "up to this increment; the last by default"],
    ["--disk-id <n>", "this disk only"],
    ["--wait", "accepted: the answer comes when all is restored, or after 180 seconds"],
  ],
  async run(cli, args, options) {
    const word = options.text("datastore");
    if (word === undefined) {
      throw new CliError("Datastore to restore the backup is mandatory: \n\t-d datastore_id | name");
    }
    const [imageId, datastoreId] = [await idOf(cli, IMAGE, args[0] ?? ""), await idOf(cli, DATASTORE, word)];
    const answer = await restoreImage(cli, imageId, datastoreId, restoreOptions(options));
    const [template = "-1", ...images] = answer.split(" ");
    if (template !== "-1") cli.print(`VM Template: ${template}`);
    cli.print(`Images: ${images.join(" ")}`);
  },
};

/** Errors of `restore` are on stdout in the reference. */
async function restoreImage(cli: Cli, imageId: number, datastoreId: number, options: string): Promise<string> {
  try {
    return String(await cli.call("one.image.restore", imageId, datastoreId, options));
  } catch (error) {
    throw new CliError(messageOf(error), { isOnStdout: true });
  }
}

/** In the order of the reference's client. */
function restoreOptions(options: Options): string {
  const lines: string[] = [];
  if (options.isSet("no_nic")) lines.push('NO_NIC="YES"\n');
  if (options.isSet("no_ip")) lines.push('NO_IP="YES"\n');
  const name = options.text("name");
  if (name !== undefined) lines.push(`NAME="${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"\n`);
  const [increment, disk] = [options.text("increment"), options.text("disk-id")];
  if (increment !== undefined) lines.push(`INCREMENT_ID="${numberOf(increment, "The increment")}"\n`);
  if (disk !== undefined) lines.push(`DISK_ID="${numberOf(disk, "The disk")}"\n`);
  return lines.join("");
}

const remove: Subcommand = {
  name: "delete",
  args: ["<imageids>"],
  summary: "delete an image",
  options: [["--force", "also when the driver cannot delete it"]],
  run: (cli, args, options) =>
    forEachOf(cli, IMAGE, args[0] ?? "", "deleting", (id) => cli.call("one.image.delete", id, options.isSet("force"))),
};

function show(cli: Cli, image: XmlNode): void {
  const type = Number(text(image, "TYPE"));
  const optional = (label: string, value: string) => (value === "" ? [] : [[label, value] as const]);
  printHeader(cli, `IMAGE ${text(image, "ID")} INFORMATION`);
  printFields(cli, [
    ["ID", text(image, "ID")],
    ["NAME", text(image, "NAME")],
    ["USER", text(image, "UNAME")],
    ["GROUP", text(image, "GNAME")],
    ["LOCK", lockName(image)],
    ["DATASTORE", text(image, "DATASTORE")],
    ["TYPE", TYPES[type] ?? ""],
    ["REGISTER TIME", shortTime(text(image, "REGTIME"))],
    ["LAST MODIFIED", shortTime(text(image, "MODTIME"))],
    ["PERSISTENT", text(image, "PERSISTENT") === "1" ? "Yes" : "No"],
    ["SOURCE", text(image, "SOURCE")],
    ...optional("PATH", text(image, "PATH")),
    ...optional("FORMAT", text(image, "FORMAT")),
    ["SIZE", sizeText(Number(text(image, "SIZE")))],
    ["STATE", STATE_NAMES[Number(text(image, "STATE"))] ?? ""],
    ["RUNNING_VMS", text(image, "RUNNING_VMS")],
  ]);
  cli.print("");
  printPermissions(cli, image);
  cli.print("");
  printHeader(cli, "IMAGE TEMPLATE");
  printTemplateOf(cli, child(image, "TEMPLATE"));
  if (TYPES[type] === "BACKUP") showBackup(cli, image);
}

function showBackup(cli: Cli, image: XmlNode): void {
  const vms = ids(image, "VMS");
  if (vms.length === 0) return;
  const increments = child(image, "BACKUP_INCREMENTS")?.children ?? [];
  cli.print("BACKUP INFORMATION");
  printFields(cli, [
    ["VM", vms.join(",")],
    ["DISK IDS", ids(image, "BACKUP_DISK_IDS").join(",")],
    ["TYPE", increments.length === 0 ? "FULL" : "INCREMENTAL"],
  ]);
  if (increments.length === 0) return;
  cli.print("");
  cli.print("BACKUP INCREMENTS");
  const row = (id: string, parent: string, type: string, size: string, date: string, source: string) =>
    `${id.padStart(3)} ${parent.padStart(3)} ${type} ${size.padStart(4)} ${date.padStart(19)} ${source}`;
  cli.print(row("ID", "PID", "T", "SIZE", "DATE", "SOURCE".padEnd(37)));
  for (const one of increments) {
    const size = sizeText(Number(text(one, "SIZE")));
    const [type, date] = [text(one, "TYPE").slice(0, 1), shortTime(text(one, "DATE"))];
    cli.print(row(text(one, "ID"), text(one, "PARENT_ID"), type, size, date, text(one, "SOURCE")));
  }
}

/** `oneimage` (jobs-api-cli §6.5). */
export const imageProgram: Program = {
  name: "oneimage",
  summary: "Manage images and restore backups",
  commands: [
    restore,
    remove,
    listCommand({
      kind: IMAGE,
      columns,
      isFiltered: true,
      options: [["--backup", "backups only"]],
      only: (one, options) => !options.isSet("backup") || text(one, "TYPE") === "6",
    }),
    showCommand(IMAGE, "<imageid>", show),
    ...ownedCommands(IMAGE, "<imageid>", "<imageids>"),
    ...lockCommands(IMAGE, "<imageids>"),
    updateCommand(IMAGE, "<imageid>", "update", "one.image.update"),
  ],
  missing: {
    create: "images are made in the browser or by one.image.allocate",
    "clone, chtype, enable, disable, persistent, nonpersistent": "not for backup images, and images here need none",
    "top, dockerfile, orphans": "use watch; orphans are a page of the browser",
  },
};
