import type { XmlNode } from "../../lib/xml/parse";
import { child } from "../../lib/xml/parse";
import { listCommand, lockCommands, ownedCommands, showCommand, updateCommand } from "../common-commands";
import { idOf, TEMPLATE } from "../objects";
import type { Column } from "../output";
import {
  listTime,
  lockName,
  printFields,
  printHeader,
  printPermissions,
  printTemplateOf,
  shortTime,
  text,
} from "../show";
import type { Cli, Program, Subcommand } from "../spec";

const columns: readonly Column<XmlNode>[] = [
  { name: "ID", size: 4, isAdjusted: true, meaning: "id of the template", value: (one) => text(one, "ID") },
  { name: "USER", size: 8, isLeft: true, meaning: "owner", value: (one) => text(one, "UNAME") },
  { name: "GROUP", size: 8, isLeft: true, meaning: "group", value: (one) => text(one, "GNAME") },
  { name: "NAME", size: 15, isLeft: true, isExpanded: true, meaning: "name", value: (one) => text(one, "NAME") },
  { name: "REGTIME", size: 15, meaning: "registration", value: (one) => listTime(text(one, "REGTIME")) },
];

const instantiate: Subcommand = {
  name: "instantiate",
  args: ["<templateid>"],
  summary: "make a machine of a template",
  options: [["--name <name>", "name of the machine"]],
  differs: "one machine at a time, powered off; other attributes cannot be given",
  async run(cli, args, options) {
    const id = await idOf(cli, TEMPLATE, args[0] ?? "");
    const vmId = await cli.call("one.template.instantiate", id, options.text("name") ?? "", false, "", false);
    cli.print(`VM ID: ${vmId}`);
  },
};

function show(cli: Cli, template: XmlNode): void {
  printHeader(cli, `TEMPLATE ${text(template, "ID")} INFORMATION`);
  printFields(cli, [
    ["ID", text(template, "ID")],
    ["NAME", text(template, "NAME")],
    ["USER", text(template, "UNAME")],
    ["GROUP", text(template, "GNAME")],
    ["LOCK", lockName(template)],
    ["REGISTER TIME", shortTime(text(template, "REGTIME"))],
  ]);
  cli.print("");
  printPermissions(cli, template);
  cli.print("");
  printHeader(cli, "TEMPLATE CONTENTS");
  printTemplateOf(cli, child(template, "TEMPLATE"));
}

/** `onetemplate`: what a restore leaves, and what can be made of it. */
export const templateProgram: Program = {
  name: "onetemplate",
  summary: "Manage VM templates",
  commands: [
    instantiate,
    ...ownedCommands(TEMPLATE, "<templateid>", "<templateids>"),
    ...lockCommands(TEMPLATE, "<templateids>"),
    updateCommand(TEMPLATE, "<templateid>", "update", "one.template.update"),
    listCommand({ kind: TEMPLATE, columns, isFiltered: true }),
    showCommand(TEMPLATE, "<templateid>", show),
  ],
  missing: {
    "create, clone, delete": "templates are made by restores",
    top: "use watch",
  },
};
