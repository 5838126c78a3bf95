import { printTemplate } from "../domain/one-template";
import { child, childText, idsOf, templateOf, type XmlNode } from "../lib/xml/parse";
import { safe } from "./output";
import type { Cli } from "./spec";

/** The parts that details of all objects share (jobs-api-cli §6.4 to §6.7). */

const HEADER_WIDTH = 80;
const VALUE_WIDTH = 20;

export function printHeader(cli: Cli, title: string): void {
  cli.print(title.padEnd(HEADER_WIDTH));
}

export function printField(cli: Cli, label: string, value: string, labelWidth = 15): void {
  cli.print(`${label.padEnd(labelWidth)}: ${safe(value).padEnd(VALUE_WIDTH)}`);
}

export function printFields(cli: Cli, fields: readonly (readonly [string, string])[], labelWidth = 15): void {
  for (const [label, value] of fields) printField(cli, label, value, labelWidth);
}

/** OWNER, GROUP and OTHER as `um-`. */
export function printPermissions(cli: Cli, node: XmlNode, labelWidth = 15): void {
  const bits = (who: string) =>
    ["U", "M", "A"].map((bit) => (childText(node, "PERMISSIONS", `${who}_${bit}`) === "1" ? bit.toLowerCase() : "-"));
  printHeader(cli, "PERMISSIONS");
  for (const who of ["OWNER", "GROUP", "OTHER"]) printField(cli, who, bits(who).join(""), labelWidth);
}

/** A template as `KEY="value"` lines, sorted, without `except`. */
export function printTemplateOf(cli: Cli, node: XmlNode | undefined, except: readonly string[] = []): void {
  const template = templateOf(node);
  const shown = Object.fromEntries(Object.entries(template).filter(([name]) => !except.includes(name)));
  const printed = printTemplate(shown).trimEnd();
  if (printed !== "") cli.print(printed.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "?"));
}

const LOCKS: Readonly<Record<string, string>> = { "1": "Use", "2": "Manage", "3": "Admin", "4": "All" };

export function lockName(node: XmlNode): string {
  return LOCKS[childText(node, "LOCK", "LOCKED") ?? ""] ?? "None";
}

export function text(node: XmlNode, ...path: readonly string[]): string {
  return childText(node, ...path) ?? "";
}

export function ids(node: XmlNode, ...path: readonly string[]): number[] {
  let at: XmlNode | undefined = node;
  for (const name of path) at = at && child(at, name);
  return idsOf(at);
}

const two = (value: number) => String(value).padStart(2, "0");

/** `%m/%d %H:%M:%S`, in the zone of this machine; `-` for never. */
export function shortTime(epoch: string): string {
  const date = dateOf(epoch);
  return date === null ? "-" : `${monthDay(date)} ${clockTime(date)}:${two(date.getSeconds())}`;
}

/** `%m/%d/%y %H:%M`, as lists show it. */
export function listTime(epoch: string): string {
  const date = dateOf(epoch);
  return date === null ? "-" : `${monthDay(date)}/${two(date.getFullYear() % 100)} ${clockTime(date)}`;
}

/** `%m/%d %H:%M` */
export function minuteTime(epoch: string): string {
  const date = dateOf(epoch);
  return date === null ? "-" : `${monthDay(date)} ${clockTime(date)}`;
}

/** `%m/%d/%y` */
export function dayTime(epoch: string): string {
  const date = dateOf(epoch);
  return date === null ? "-" : `${monthDay(date)}/${two(date.getFullYear() % 100)}`;
}

/** `2026-11-22 14:40:44 +0000` */
export function longTime(epoch: number): string {
  const date = new Date(epoch * 1000);
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${clockTime(date)}:${two(date.getSeconds())} ${zone}`;
}

function monthDay(date: Date): string {
  return `${two(date.getMonth() + 1)}/${two(date.getDate())}`;
}

function clockTime(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function dateOf(epoch: string): Date | null {
  const seconds = Number(epoch);
  return epoch === "" || !Number.isFinite(seconds) || seconds <= 0 ? null : new Date(seconds * 1000);
}

/** `%3dd %02dh%02dm%02ds` */
export function durationText(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  return `${String(days).padStart(3)}d ${two(hours)}h${two(Math.floor(seconds / 60) % 60)}m${two(seconds % 60)}s`;
}

/** MiB with a suffix, one decimal that is dropped when it is zero. */
export function sizeText(mib: number): string {
  let [value, unit] = [mib, 0];
  while (value >= 1024 && unit < 3) [value, unit] = [value / 1024, unit + 1];
  return `${value.toFixed(1).replace(/\.0$/, "")}${["M", "G", "T", "P"][unit]}`;
}
