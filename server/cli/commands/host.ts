import type { XmlNode } from "../../lib/xml/parse";
import { child } from "../../lib/xml/parse";
import { listCommand, showCommand } from "../common-commands";
import { HOST } from "../objects";
import type { Column } from "../output";
import { ids, printFields, printHeader, printTemplateOf, text } from "../show";
import type { Cli, Program } from "../spec";

const STATES = "init update on err dsbl update init update offl".split(" ");

const columns: readonly Column<XmlNode>[] = [
  { name: "ID", size: 4, isAdjusted: true, meaning: "id of the host", value: (one) => text(one, "ID") },
  { name: "NAME", size: 15, isLeft: true, isExpanded: true, meaning: "name", value: (one) => text(one, "NAME") },
  { name: "CLUSTER", size: 9, isLeft: true, meaning: "cluster", value: (one) => text(one, "CLUSTER") },
  { name: "TVM", size: 3, meaning: "machines", value: (one) => String(ids(one, "VMS").length) },
  { name: "STAT", size: 6, isLeft: true, meaning: "state", value: (one) => STATES[Number(text(one, "STATE"))] ?? "" },
];

function show(cli: Cli, host: XmlNode): void {
  printHeader(cli, `HOST ${text(host, "ID")} INFORMATION`);
  printFields(
    cli,
    [
      ["ID", text(host, "ID")],
      ["NAME", text(host, "NAME")],
      ["CLUSTER", text(host, "CLUSTER")],
      ["STATE", (STATES[Number(text(host, "STATE"))] ?? "").toUpperCase()],
      ["IM_MAD", text(host, "IM_MAD")],
      ["VM_MAD", text(host, "VM_MAD")],
    ],
    22,
  );
  cli.print("");
  printHeader(cli, "VIRTUAL MACHINES");
  for (const id of ids(host, "VMS")) cli.print(String(id));
  cli.print("");
  printHeader(cli, "MONITORING INFORMATION");
  printTemplateOf(cli, child(host, "TEMPLATE"));
}

/** `onehost`: what one needs to know of hosts. */
export const hostProgram: Program = {
  name: "onehost",
  summary: "Show hosts",
  commands: [listCommand({ kind: HOST, columns, isFiltered: false }), showCommand(HOST, "<hostid>", show)],
  missing: {
    "create, delete, update, rename": "hosts are added and changed in the browser",
    "enable, disable, offline, sync, forceupdate, flush, importvm, monitoring, top": "not part of backups",
  },
};
