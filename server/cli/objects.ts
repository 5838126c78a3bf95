import type { XmlNode } from "../lib/xml/parse";
import { CliError, messageOf } from "./error";
import { documentOf, type RpcParam } from "./rpc";
import { text } from "./show";
import type { Cli } from "./spec";

/** The kinds of objects that arguments can name (jobs-api-cli §6.1). */
export interface ObjectKind {
  /** As messages say it: `VM named x not found.` */
  label: string;
  /** Of the methods: `one.<object>.rename`. */
  object: string;
  pool: string;
  poolParams: readonly RpcParam[];
}

const ALL = [-2, -1, -1] as const;

export const VM: ObjectKind = { label: "VM", object: "vm", pool: "one.vmpool.info", poolParams: [...ALL, -1, ""] };
export const IMAGE: ObjectKind = { label: "IMAGE", object: "image", pool: "one.imagepool.info", poolParams: ALL };
export const DATASTORE: ObjectKind = {
  label: "DATASTORE",
  object: "datastore",
  pool: "one.datastorepool.info",
  poolParams: [],
};
export const JOB: ObjectKind = {
  label: "BACKUPJOB",
  object: "backupjob",
  pool: "one.backupjobpool.info",
  poolParams: ALL,
};
export const HOST: ObjectKind = { label: "HOST", object: "host", pool: "one.hostpool.info", poolParams: [] };
export const TEMPLATE: ObjectKind = {
  label: "VMTEMPLATE",
  object: "template",
  pool: "one.templatepool.info",
  poolParams: ALL,
};
export const USER: ObjectKind = { label: "USER", object: "user", pool: "one.userpool.info", poolParams: [] };
export const GROUP: ObjectKind = { label: "GROUP", object: "group", pool: "one.grouppool.info", poolParams: [] };

export async function readPool(cli: Cli, kind: ObjectKind): Promise<XmlNode> {
  return documentOf(await cli.call(kind.pool, ...kind.poolParams));
}

/** A number, or a name that the pool knows. @throws CliError */
export async function idOf(cli: Cli, kind: ObjectKind, word: string): Promise<number> {
  if (/^\d{1,10}$/.test(word)) return Number(word);
  const pool = await readPool(cli, kind);
  const found = pool.children.filter((one) => text(one, "NAME") === word).map((one) => Number(text(one, "ID")));
  const [id] = found;
  if (id === undefined) throw new CliError(`${kind.label} named ${word} not found.`);
  if (found.length > 1) throw new CliError(`There are multiple ${kind.label}s with name ${word}.`);
  return id;
}

const MAX_RANGE = 100_000;

/** `1,8..15,web`: numbers, ranges and names. @throws CliError */
export async function idsOf(cli: Cli, kind: ObjectKind, list: string): Promise<number[]> {
  const found: number[] = [];
  for (const word of list.split(",")) {
    const range = /^(\d{1,10})\.\.(\d{1,10})$/.exec(word);
    if (range === null) {
      found.push(await idOf(cli, kind, word));
      continue;
    }
    const [first, last] = [Number(range[1]), Number(range[2])];
    if (last < first || last - first > MAX_RANGE) throw new CliError(`The range ${word} is not valid`);
    for (let id = first; id <= last; id++) found.push(id);
  }
  return found;
}

/** Do `work` for all of a list, also after an error; any error makes the command fail. */
export async function forEachOf(
  cli: Cli,
  kind: ObjectKind,
  list: string,
  doing: string,
  work: (id: number) => Promise<unknown>,
): Promise<void> {
  const errors: string[] = [];
  for (const id of await idsOf(cli, kind, list)) {
    try {
      await work(id);
      cli.tell(`${kind.label} ${id}: ${doing}`);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      errors.push(messageOf(error));
    }
  }
  if (errors.length > 0) throw new CliError(errors.join("\n"));
}

/** The argument of `list`: all, mine, group, a user. Answers the filter flag of the pool. */
export async function filterFlag(cli: Cli, word: string | undefined): Promise<number> {
  switch (word) {
    case undefined:
    case "a":
    case "all":
      return -2;
    case "m":
    case "mine":
      return -3;
    case "g":
    case "group":
      return -1;
    case "G":
      return -4;
    default:
      return await idOf(cli, USER, word);
  }
}

/** A number of an option or an argument. @throws CliError */
export function numberOf(word: string, what: string): number {
  if (!/^-?\d{1,9}$/.test(word)) throw new CliError(`${what} must be a number: ${word}`);
  return Number(word);
}
