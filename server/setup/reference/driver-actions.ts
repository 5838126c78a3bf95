import { DRIVER_ACTIONS } from "../../core/driver/actions";
import { ACTIONS } from "../../drivers/table";
import { code, pageHead, table } from "./markdown";

/** How docs/drivers.md describes one action: a row of one of its tables. */
export interface DescribedAction {
  argv: string;
  stdout: string;
}

/**
 * The driver actions the core calls: form of stdin and time limit from the core's table, arguments and answer from
 * docs/drivers.md, drivers from the driver table.
 * @param contract text of docs/drivers.md
 * @throws Error naming an action that the contract does not describe
 */
export function driverActionsPage(contract: string): string {
  const described = describedActions(contract);
  const rows = Object.entries(DRIVER_ACTIONS).map(([name, { stdin, timeoutMs }]) => {
    const text = described.get(name);
    if (text === undefined) throw new Error(`docs/drivers.md has no row for the driver action ${name}.`);
    return [code(name), text.argv, stdin, text.stdout, duration(timeoutMs), driversOf(name).join(", ")];
  });
  const uncalled = Object.keys(ACTIONS).filter((path) => !(actionOf(path) in DRIVER_ACTIONS));
  return [
    pageHead("Driver actions", ["server/core/driver/actions.ts", "server/drivers/table.ts", "docs/drivers.md"]),
    "The contract is [drivers.md](../drivers.md). An action that is still running at its time limit gets SIGTERM, and",
    "SIGKILL some time later.\n",
    table(["Action", "Arguments", "stdin", "stdout", "Time limit", "Drivers of Strata"], rows),
    uncalled.length === 0
      ? ""
      : `Programs that the core does not call itself: ${uncalled.map((path) => code(path)).join(", ")}.\n`,
  ].join("\n");
}

/** `family/action` → description. A row may name several actions; a table belongs to the family its heading begins with. */
export function describedActions(contract: string): Map<string, DescribedAction> {
  const found = new Map<string, DescribedAction>();
  let family: string | null = null;
  for (const line of contract.split("\n")) {
    const heading = /^#+ +(\S+)/.exec(line)?.[1];
    if (heading !== undefined) family = /^(datastore|tm|vmm|im)\b/.exec(heading)?.[1] ?? null;
    const [, names, argv, stdout] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (family === null || names === undefined || argv === undefined || stdout === undefined) continue;
    for (const [, name] of names.matchAll(/`([a-z_]+)`/g)) {
      const key = `${family}/${name ?? ""}`;
      // Image datastores repeat actions of backup datastores "as above".
      if (!found.has(key)) found.set(key, { argv, stdout });
    }
  }
  return found;
}

function actionOf(path: string): string {
  const [family = "", , action = ""] = path.split("/");
  return `${family}/${action}`;
}

function driversOf(name: string): string[] {
  return Object.keys(ACTIONS)
    .filter((path) => actionOf(path) === name)
    .map((path) => path.split("/")[1] ?? "")
    .sort();
}

function duration(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 2) return `${ms / 1000} s`;
  return minutes < 120 ? `${minutes} min` : `${minutes / 60} h`;
}
