import type { XmlNode } from "../lib/xml/parse";
import { CliError } from "./error";
import { formatJson, formatXml, formatYaml } from "./formats";
import { filterFlag, forEachOf, GROUP, idOf, type ObjectKind, USER } from "./objects";
import { type Column, LIST_OPTIONS, printDescription, printList } from "./output";
import { documentOf } from "./rpc";
import type { Cli, Options, Subcommand } from "./spec";

/** Sub-commands that are alike for all kinds of objects. */

export const SHOW_OPTIONS: readonly (readonly [string, string])[] = [
  ["-x, --xml", "XML"],
  ["-j, --json", "JSON"],
  ["-y, --yaml", "YAML"],
  ["--decrypt", "accepted: secrets are never answered"],
];

export const APPEND: readonly [string, string] = ["-a, --append", "keep what the template does not name"];

/** Print the document when an option asks for it. */
export function printDocument(cli: Cli, document: XmlNode, options: Options): boolean {
  if (options.isSet("xml")) cli.print(formatXml(document));
  else if (options.isSet("json")) cli.print(formatJson(document));
  else if (options.isSet("yaml")) cli.print(formatYaml(document));
  else return false;
  return true;
}

export interface ListSpec {
  kind: ObjectKind;
  columns: readonly Column<XmlNode>[];
  /** Whose pool call has a filter flag as its first parameter. */
  isFiltered: boolean;
  options?: readonly (readonly [string, string])[];
  method?(options: Options): string;
  only?(item: XmlNode, options: Options): boolean;
}

/** `list`, and the documents of `-x`, `-j`, `-y`. */
export function listCommand(spec: ListSpec): Subcommand {
  return {
    name: "list",
    args: spec.isFiltered ? ["[filter]"] : [],
    summary: "list objects",
    options: [...LIST_OPTIONS, ...(spec.options ?? [])],
    differs: "columns are not read from configuration files; there is no pager",
    async run(cli, args, options) {
      if (options.isSet("describe")) return printDescription(cli, spec.columns);
      const [, ...range] = spec.kind.poolParams;
      const params = spec.isFiltered ? [await filterFlag(cli, args[0]), ...range] : [];
      const pool = documentOf(await cli.call(spec.method?.(options) ?? spec.kind.pool, ...params));
      if (printDocument(cli, pool, options)) return;
      const items = pool.children.filter((item) => spec.only?.(item, options) ?? true);
      printList(cli, options.isSet("numeric") ? numeric(spec.columns) : spec.columns, items, options);
    },
  };
}

/** `--numeric`: ids of users and groups. */
function numeric(columns: readonly Column<XmlNode>[]): Column<XmlNode>[] {
  const ids: Readonly<Record<string, string>> = { USER: "UID", GROUP: "GID" };
  return columns.map((column) => {
    const id = ids[column.name];
    return id === undefined
      ? column
      : { ...column, value: (item) => item.children.find((one) => one.name === id)?.text ?? "" };
  });
}

/** `show`: the document, or what `print` makes of it. */
export function showCommand(
  kind: ObjectKind,
  argument: string,
  print: (cli: Cli, document: XmlNode) => Promise<void> | void,
): Subcommand {
  return {
    name: "show",
    args: [argument],
    summary: "show an object",
    options: SHOW_OPTIONS,
    async run(cli, args, options) {
      const isSelf = args[0] === undefined;
      const id = isSelf ? -1 : await idOf(cli, kind, args[0] ?? "");
      const document = documentOf(await cli.call(`one.${kind.object}.info`, id, false));
      if (!printDocument(cli, document, options)) await print(cli, document);
    },
  };
}

/** A command over a list that calls one method with nothing but the id. */
export function simpleCommand(
  kind: ObjectKind,
  argument: string,
  name: string,
  spec: { method: string; summary: string; doing: string; differs?: string },
): Subcommand {
  return {
    name,
    args: [argument],
    summary: spec.summary,
    ...(spec.differs === undefined ? {} : { differs: spec.differs }),
    run: (cli, args) => forEachOf(cli, kind, args[0] ?? "", spec.doing, (id) => cli.call(spec.method, id)),
  };
}

/** `rename`, `chown`, `chgrp`, `chmod`. */
export function ownedCommands(kind: ObjectKind, one: string, many: string): Subcommand[] {
  const method = (name: string) => `one.${kind.object}.${name}`;
  return [
    {
      name: "rename",
      args: [one, "<name>"],
      summary: "rename an object",
      run: async (cli, args) =>
        void (await cli.call(method("rename"), await idOf(cli, kind, args[0] ?? ""), args[1] ?? "")),
    },
    {
      name: "chown",
      args: [many, "<userid>", "[groupid]"],
      summary: "change the owner, and the group",
      async run(cli, args) {
        const userId = await idOf(cli, USER, args[1] ?? "");
        const groupId = args[2] === undefined ? -1 : await idOf(cli, GROUP, args[2]);
        await forEachOf(cli, kind, args[0] ?? "", "Owner/Group changed", (id) =>
          cli.call(method("chown"), id, userId, groupId),
        );
      },
    },
    {
      name: "chgrp",
      args: [many, "<groupid>"],
      summary: "change the group",
      async run(cli, args) {
        const groupId = await idOf(cli, GROUP, args[1] ?? "");
        await forEachOf(cli, kind, args[0] ?? "", "Group changed", (id) => cli.call(method("chown"), id, -1, groupId));
      },
    },
    {
      name: "chmod",
      args: [many, "<octet>"],
      summary: "change the permissions: 640, or u=um,g=u",
      async run(cli, args) {
        const bits = permissionBits(args[1] ?? "");
        await forEachOf(cli, kind, args[0] ?? "", "Permissions changed", (id) =>
          cli.call(method("chmod"), id, ...bits),
        );
      },
    },
  ];
}

/** Nine bits of `640`, or of `u=um,g=u` with -1 for what is not named. @throws CliError */
export function permissionBits(word: string): number[] {
  if (/^[0-7]{3}$/.test(word)) {
    return [...word].flatMap((digit) => [4, 2, 1].map((bit) => ((Number(digit) & bit) === 0 ? 0 : 1)));
  }
  const bits = new Array<number>(9).fill(-1);
  for (const part of word.split(",")) {
    const [, who = "", sign = "=", rights = ""] = /^([ugoa]+)([=+-])([uma]*)$/.exec(part) ?? [];
    if (who === "") throw new CliError(`invalid argument: ${word}`);
    for (const [place, letter] of ["u", "g", "o"].entries()) {
      if (!who.includes(letter) && !who.includes("a")) continue;
      for (const [bit, right] of ["u", "m", "a"].entries()) {
        if (rights.includes(right)) bits[place * 3 + bit] = sign === "-" ? 0 : 1;
        else if (sign === "=") bits[place * 3 + bit] = 0;
      }
    }
  }
  return bits;
}

const LEVELS = ["use", "manage", "admin", "all"] as const;

/** `lock`, `unlock`. */
export function lockCommands(kind: ObjectKind, many: string): Subcommand[] {
  return [
    {
      name: "lock",
      args: [many],
      summary: "refuse operations on the object",
      options: LEVELS.map((level) => [`--${level}`, `lock ${level} actions`] as const),
      async run(cli, args, options) {
        const level =
          Math.max(
            0,
            LEVELS.findIndex((one) => options.isSet(one)),
          ) + 1;
        await forEachOf(cli, kind, args[0] ?? "", "Locked", (id) =>
          cli.call(`one.${kind.object}.lock`, id, level, false),
        );
      },
    },
    simpleCommand(kind, many, "unlock", {
      method: `one.${kind.object}.unlock`,
      summary: "take the lock away",
      doing: "Unlocked",
    }),
  ];
}

/** `update`, `updateconf` and the like: a template of a file or standard input. */
export function updateCommand(kind: ObjectKind, argument: string, name: string, method: string): Subcommand {
  return {
    name,
    args: [argument, "[file]"],
    summary: "change the template",
    options: [APPEND],
    differs: "no editor: a file or standard input",
    async run(cli, args, options) {
      const id = await idOf(cli, kind, args[0] ?? "");
      const template = await cli.readTemplate(args[1]);
      if (template === undefined) throw new CliError("Give the template in a file or on standard input.");
      await cli.call(method, id, template, options.isSet("append") ? 1 : 0);
    },
  };
}
