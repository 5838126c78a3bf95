import type { XmlNode } from "../../lib/xml/parse";
import { child } from "../../lib/xml/parse";
import { listCommand, ownedCommands, showCommand, simpleCommand, updateCommand } from "../common-commands";
import { CliError } from "../error";
import { DATASTORE, forEachOf, numberOf } from "../objects";
import type { Column } from "../output";
import { ids, printField, printFields, printHeader, printPermissions, printTemplateOf, sizeText, text } from "../show";
import type { Cli, Program, Subcommand } from "../spec";

const TYPES = ["IMAGE", "SYSTEM", "FILE", "BACKUP"] as const;
const TYPE_SHORTS = ["img", "sys", "fil", "bck"] as const;
const DISK_TYPES: Readonly<Record<string, string>> = { "0": "FILE", "2": "BLOCK", "3": "RBD" };

const columns: readonly Column<XmlNode>[] = [
  { name: "ID", size: 4, isAdjusted: true, meaning: "id of the datastore", value: (one) => text(one, "ID") },
  { name: "USER", size: 8, isLeft: true, isHidden: true, meaning: "owner", value: (one) => text(one, "UNAME") },
  { name: "GROUP", size: 8, isLeft: true, isHidden: true, meaning: "group", value: (one) => text(one, "GNAME") },
  { name: "NAME", size: 10, isLeft: true, isExpanded: true, meaning: "name", value: (one) => text(one, "NAME") },
  { name: "SIZE", size: 6, meaning: "size", value: (one) => capacity(one, "TOTAL_MB") },
  { name: "AVAIL", size: 3, isLeft: true, meaning: "free, in per cent", value: available },
  {
    name: "CLUSTERS",
    size: 8,
    isLeft: true,
    meaning: "clusters",
    value: (one) => ids(one, "CLUSTERS").join(",") || "-",
  },
  { name: "IMAGES", size: 6, meaning: "how many images", value: (one) => String(ids(one, "IMAGES").length) },
  {
    name: "TYPE",
    size: 4,
    isLeft: true,
    meaning: "type: img sys fil bck",
    value: (one) => TYPE_SHORTS[Number(text(one, "TYPE"))] ?? "",
  },
  { name: "DS", size: 7, isLeft: true, meaning: "datastore driver", value: (one) => text(one, "DS_MAD") },
  { name: "TM", size: 7, isLeft: true, meaning: "transfer driver", value: (one) => text(one, "TM_MAD") },
  {
    name: "STAT",
    size: 4,
    isLeft: true,
    meaning: "on or off",
    value: (one) => (text(one, "STATE") === "1" ? "off" : "on"),
  },
];

function capacity(one: XmlNode, name: string): string {
  const value = Number(text(one, name));
  return value === 0 ? "-" : sizeText(value);
}

function available(one: XmlNode): string {
  const total = Number(text(one, "TOTAL_MB"));
  return total === 0 ? "-" : `${Math.round((Number(text(one, "FREE_MB")) / total) * 100)}%`;
}

const create: Subcommand = {
  name: "create",
  args: ["[file]"],
  summary: "create a datastore of a template",
  options: [["-c, --cluster <id>", "cluster; there is only 0"]],
  async run(cli, args, options) {
    const template = await cli.readTemplate(args[0]);
    if (template === undefined) throw new CliError("Give the template in a file or on standard input.");
    const cluster = numberOf(options.text("cluster") ?? "-1", "The cluster");
    cli.print(`ID: ${await cli.call("one.datastore.allocate", template, cluster)}`);
  },
};

const switching = (name: string, isEnabled: boolean): Subcommand => ({
  name,
  args: ["<datastoreids>"],
  summary: `${name} a datastore`,
  run: (cli, args) =>
    forEachOf(cli, DATASTORE, args[0] ?? "", `${name}d`, (id) => cli.call("one.datastore.enable", id, isEnabled)),
});

function show(cli: Cli, one: XmlNode): void {
  printHeader(cli, `DATASTORE ${text(one, "ID")} INFORMATION`);
  printFields(cli, [
    ["ID", text(one, "ID")],
    ["NAME", text(one, "NAME")],
    ["USER", text(one, "UNAME")],
    ["GROUP", text(one, "GNAME")],
    ["CLUSTERS", ids(one, "CLUSTERS").join(",")],
    ["TYPE", TYPES[Number(text(one, "TYPE"))] ?? ""],
    ["DS_MAD", text(one, "DS_MAD")],
    ["TM_MAD", text(one, "TM_MAD")],
    ["BASE PATH", text(one, "BASE_PATH")],
    ["DISK_TYPE", DISK_TYPES[text(one, "DISK_TYPE")] ?? text(one, "DISK_TYPE")],
    ["STATE", text(one, "STATE") === "1" ? "DISABLED" : "READY"],
  ]);
  cli.print("");
  printHeader(cli, "DATASTORE CAPACITY");
  for (const what of ["TOTAL", "FREE", "USED"]) printField(cli, `${what}:`, capacity(one, `${what}_MB`));
  const limit = text(one, "TEMPLATE", "LIMIT_MB");
  printField(cli, "LIMIT:", limit === "" ? "-" : sizeText(Number(limit)));
  cli.print("");
  printPermissions(cli, one);
  cli.print("");
  printHeader(cli, "DATASTORE TEMPLATE");
  printTemplateOf(cli, child(one, "TEMPLATE"));
  cli.print("");
  cli.print("IMAGES");
  for (const id of ids(one, "IMAGES")) cli.print(String(id));
}

/** `onedatastore` (jobs-api-cli §6.7). */
export const datastoreProgram: Program = {
  name: "onedatastore",
  summary: "Manage datastores",
  commands: [
    create,
    simpleCommand(DATASTORE, "<datastoreids>", "delete", {
      method: "one.datastore.delete",
      summary: "delete an empty datastore",
      doing: "deleting",
    }),
    updateCommand(DATASTORE, "<datastoreid>", "update", "one.datastore.update"),
    ...ownedCommands(DATASTORE, "<datastoreid>", "<datastoreids>"),
    switching("enable", true),
    switching("disable", false),
    listCommand({ kind: DATASTORE, columns, isFiltered: false }),
    showCommand(DATASTORE, "<datastoreid>", show),
  ],
  missing: { top: "use watch", "addcluster, delcluster": "there is one cluster" },
};
