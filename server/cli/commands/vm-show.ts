import { child, type XmlNode } from "../../lib/xml/parse";
import { type Column, safe } from "../output";
import { printSchedules } from "../schedules";
import {
  ids,
  lockName,
  printFields,
  printHeader,
  printPermissions,
  printTemplateOf,
  shortTime,
  sizeText,
  text,
} from "../show";
import type { Cli } from "../spec";

const LABEL_WIDTH = 20;

const STATES: Readonly<Record<string, string>> = {
  "0": "INIT",
  "1": "PENDING",
  "2": "HOLD",
  "3": "ACTIVE",
  "4": "STOPPED",
  "5": "SUSPENDED",
  "6": "DONE",
  "8": "POWEROFF",
  "9": "UNDEPLOYED",
  "10": "CLONING",
  "11": "CLONING_FAILURE",
};
const STATE_SHORTS: Readonly<Record<string, string>> = {
  "0": "init",
  "1": "pend",
  "2": "hold",
  "4": "stop",
  "5": "susp",
  "6": "done",
  "8": "poff",
  "9": "unde",
  "10": "clon",
  "11": "fail",
};
const LCM_STATES: Readonly<Record<string, readonly [short: string, name: string]>> = {
  "3": ["runn", "RUNNING"],
  "12": ["shut", "SHUTDOWN"],
  "17": ["hotp", "HOTPLUG"],
  "18": ["shut", "SHUTDOWN_POWEROFF"],
  "20": ["boot", "BOOT_POWEROFF"],
  "24": ["snap", "HOTPLUG_SNAPSHOT"],
  "69": ["back", "BACKUP"],
  "70": ["back", "BACKUP_POWEROFF"],
  "71": ["rest", "RESTORE"],
};

function shortState(vm: XmlNode): string {
  const state = text(vm, "STATE");
  if (state !== "3") return STATE_SHORTS[state] ?? state;
  return LCM_STATES[text(vm, "LCM_STATE")]?.[0] ?? "actv";
}

function lastHistory(vm: XmlNode): XmlNode | undefined {
  return child(vm, "HISTORY_RECORDS")?.children.at(-1);
}

function hostOf(vm: XmlNode): string {
  const history = lastHistory(vm);
  return history === undefined ? "" : text(history, "HOSTNAME");
}

function lifetime(vm: XmlNode): string {
  const start = Number(text(vm, "STIME"));
  const end = Number(text(vm, "ETIME")) || Math.floor(Date.now() / 1000);
  const minutes = Math.max(0, Math.floor((end - start) / 60));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(Math.floor(minutes / 1440)).padStart(3)}d ${two(Math.floor(minutes / 60) % 24)}h${two(minutes % 60)}`;
}

export const vmColumns: readonly Column<XmlNode>[] = [
  { name: "ID", size: 4, isAdjusted: true, meaning: "id of the machine", value: (one) => text(one, "ID") },
  { name: "USER", size: 8, isLeft: true, meaning: "owner", value: (one) => text(one, "UNAME") },
  { name: "GROUP", size: 8, isLeft: true, meaning: "group", value: (one) => text(one, "GNAME") },
  { name: "NAME", size: 15, isLeft: true, isExpanded: true, meaning: "name", value: (one) => text(one, "NAME") },
  { name: "STAT", size: 4, meaning: "state", value: shortState },
  { name: "CPU", size: 4, meaning: "processors", value: (one) => text(one, "TEMPLATE", "CPU") },
  { name: "MEM", size: 7, meaning: "memory", value: (one) => sizeText(Number(text(one, "TEMPLATE", "MEMORY"))) },
  { name: "HOST", size: 10, isLeft: true, isExpanded: true, meaning: "host", value: hostOf },
  { name: "TIME", size: 10, meaning: "since it was made", value: lifetime },
  {
    name: "IP",
    size: 15,
    isLeft: true,
    isHidden: true,
    meaning: "first address",
    value: (one) => text(one, "TEMPLATE", "NIC", "IP") || "-",
  },
];

/** Printed in sections of their own. */
const OWN_SECTIONS = ["DISK", "NIC", "SNAPSHOT", "SCHED_ACTION", "SECURITY_GROUP_RULE"];

/** The details of a machine (jobs-api-cli §6.4). */
export function showVm(cli: Cli, vm: XmlNode): void {
  const [state, lcmState] = [text(vm, "STATE"), text(vm, "LCM_STATE")];
  printHeader(cli, `VIRTUAL MACHINE ${text(vm, "ID")} INFORMATION`);
  printFields(
    cli,
    [
      ["ID", text(vm, "ID")],
      ["NAME", text(vm, "NAME")],
      ["USER", text(vm, "UNAME")],
      ["GROUP", text(vm, "GNAME")],
      ["STATE", STATES[state] ?? state],
      ["LCM_STATE", LCM_STATES[lcmState]?.[1] ?? (lcmState === "0" ? "LCM_INIT" : lcmState)],
      ["LOCK", lockName(vm)],
      ["RESCHED", text(vm, "RESCHED") === "1" ? "Yes" : "No"],
      ["HOST", hostOf(vm)],
      ["CLUSTER ID", text(lastHistory(vm) ?? vm, "CID")],
      ["START TIME", shortTime(text(vm, "STIME"))],
      ["END TIME", shortTime(text(vm, "ETIME"))],
      ["DEPLOY ID", text(vm, "DEPLOY_ID") || "-"],
    ],
    LABEL_WIDTH,
  );
  cli.print("");
  printPermissions(cli, vm, LABEL_WIDTH);
  showDisks(cli, vm);
  showNics(cli, vm);
  showHistory(cli, vm);
  if (inTemplate(vm, "SCHED_ACTION").length > 0) {
    cli.print("");
    printSchedules(cli, vm);
  }
  showBackups(cli, vm);
  cli.print("");
  printHeader(cli, "USER TEMPLATE");
  printTemplateOf(cli, child(vm, "USER_TEMPLATE"));
  cli.print("");
  printHeader(cli, "VIRTUAL MACHINE TEMPLATE");
  printTemplateOf(cli, child(vm, "TEMPLATE"), OWN_SECTIONS);
}

function inTemplate(vm: XmlNode, name: string): XmlNode[] {
  return (child(vm, "TEMPLATE")?.children ?? []).filter((one) => one.name === name);
}

function showDisks(cli: Cli, vm: XmlNode): void {
  const disks = inTemplate(vm, "DISK");
  if (disks.length === 0) return;
  const row = (cells: readonly string[]) => {
    const [id = "", datastore = "", target = "", image = "", size = "", type = "", save = ""] = cells.map(safe);
    cli.print(
      `${id.padStart(3)} ${datastore.padEnd(10)} ${target.padEnd(6)} ${image.padEnd(35)} ${size.padStart(7)} ${type.padStart(4)} ${save.padStart(4)}`,
    );
  };
  cli.print("");
  printHeader(cli, "VM DISKS");
  row(["ID", "DATASTORE", "TARGET", "IMAGE", "SIZE", "TYPE", "SAVE"]);
  for (const disk of disks) {
    const image = text(disk, "IMAGE") || `${text(disk, "FORMAT") || "-"} - ${text(disk, "TYPE")}`;
    const size = sizeText(Number(text(disk, "SIZE")));
    const isSaved = text(disk, "SAVE") === "YES" ? "YES" : "NO";
    row([
      text(disk, "DISK_ID"),
      text(disk, "DATASTORE") || "-",
      text(disk, "TARGET"),
      image,
      size,
      text(disk, "TYPE").toLowerCase().slice(0, 4),
      isSaved,
    ]);
  }
}

function showNics(cli: Cli, vm: XmlNode): void {
  const nics = inTemplate(vm, "NIC");
  if (nics.length === 0) return;
  cli.print("");
  printHeader(cli, "VM NICS");
  cli.print(" ID NETWORK              BRIDGE       IP              MAC");
  for (const nic of nics) {
    const cells = [
      text(nic, "NIC_ID").padStart(3),
      (text(nic, "NETWORK") || "-").padEnd(20),
      (text(nic, "BRIDGE") || "-").padEnd(12),
      (text(nic, "IP") || "-").padEnd(15),
      text(nic, "MAC"),
    ];
    cli.print(safe(cells.join(" ")));
  }
}

function showHistory(cli: Cli, vm: XmlNode): void {
  const records = child(vm, "HISTORY_RECORDS")?.children ?? [];
  if (records.length === 0) return;
  cli.print("");
  printHeader(cli, "VIRTUAL MACHINE HISTORY");
  cli.print("SEQ HOST            ACTION  DS  START");
  for (const record of records) {
    const start = shortTime(text(record, "STIME"));
    const cells = [text(record, "SEQ").padStart(3), text(record, "HOSTNAME").padEnd(15)];
    cli.print(
      safe(`${cells.join(" ")} ${text(record, "ACTION").padStart(6)} ${text(record, "DS_ID").padStart(3)}  ${start}`),
    );
  }
}

function showBackups(cli: Cli, vm: XmlNode): void {
  const backups = child(vm, "BACKUPS");
  if (backups === undefined) return;
  cli.print("");
  printHeader(cli, "BACKUP CONFIGURATION");
  printTemplateOf(cli, child(backups, "BACKUP_CONFIG"));
  const images = ids(backups, "BACKUP_IDS");
  if (images.length === 0) return;
  cli.print("");
  printHeader(cli, "VM BACKUPS");
  cli.print(`IMAGE IDS: ${images.join(",")}`);
}
