import type { XmlNode } from "../../lib/xml/parse";
import { child } from "../../lib/xml/parse";
import { listCommand, showCommand } from "../common-commands";
import { USER } from "../objects";
import type { Column } from "../output";
import { ids, printFields, printHeader, printTemplateOf, text } from "../show";
import type { Cli, Program } from "../spec";
import { tokenCreate, tokenDelete, tokenText } from "./token";

const columns: readonly Column<XmlNode>[] = [
  { name: "ID", size: 4, isAdjusted: true, meaning: "id of the user", value: (one) => text(one, "ID") },
  { name: "NAME", size: 15, isLeft: true, isExpanded: true, meaning: "name", value: (one) => text(one, "NAME") },
  {
    name: "ENABLED",
    size: 4,
    isLeft: true,
    meaning: "may sign in",
    value: (one) => (text(one, "ENABLED") === "1" ? "yes" : "no"),
  },
  { name: "GROUP", size: 10, isLeft: true, meaning: "primary group", value: (one) => text(one, "GNAME") },
  { name: "AUTH", size: 8, isLeft: true, meaning: "how it signs in", value: (one) => text(one, "AUTH_DRIVER") },
];

function show(cli: Cli, user: XmlNode): void {
  printHeader(cli, `USER ${text(user, "ID")} INFORMATION`);
  printFields(cli, [
    ["ID", text(user, "ID")],
    ["NAME", text(user, "NAME")],
    ["GROUP", text(user, "GNAME")],
    [
      "SECONDARY GROUPS",
      ids(user, "GROUPS")
        .filter((id) => String(id) !== text(user, "GID"))
        .join(","),
    ],
    ["AUTH_DRIVER", text(user, "AUTH_DRIVER")],
    ["ENABLED", text(user, "ENABLED") === "1" ? "Yes" : "No"],
  ]);
  const tokens = user.children.filter((one) => one.name === "LOGIN_TOKEN");
  if (tokens.length > 0) {
    cli.print("");
    printHeader(cli, "TOKENS");
    for (const token of tokens) cli.print(tokenText(token));
  }
  cli.print("");
  printHeader(cli, "USER TEMPLATE");
  printTemplateOf(cli, child(user, "TEMPLATE"));
}

/** `oneuser`: who is who. */
export const userProgram: Program = {
  name: "oneuser",
  summary: "Show users",
  commands: [
    listCommand({ kind: USER, columns, isFiltered: false }),
    showCommand(USER, "[userid]", show),
    tokenCreate("token-create"),
    tokenCreate("login"),
    tokenDelete,
  ],
  missing: {
    "create, delete, passwd, chgrp, addgroup, delgroup, enable, disable, update, quota": "in the browser",
    "token-set, token-delete-all":
      "a token is known to its holder only: token-create writes the file, the browser revokes",
    "chauth, encode, key, umask": "there is one way to sign in: the password",
  },
};
