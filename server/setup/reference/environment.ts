import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Env, parseEnv } from "../../lib/env";
import { code, pageHead, table } from "./markdown";
import { memberDocs, parseSource } from "./source-comments";

/** Defaults that depend on the machine, in words: the page must be the same wherever it is made. */
const MACHINE_DEFAULTS: Partial<Record<keyof Env, string>> = {
  NODE_ENV: "set by `npm start`",
  STRATA_HOME: "root: `/var/lib/strata`; else `$XDG_DATA_HOME/strata`",
  STRATA_NODE_NAME: "the host name",
  REMOTES_DIR: "`dist/remotes`",
  DATASTORE_LOCATION: "`$STRATA_HOME/datastores`",
  PATH: "the usual folders of programs",
  HOME: "of the account",
};

/** Read by the set-up scripts, or by a library, and not by the core. */
const SETUP_TEXTS: Readonly<Record<string, string>> = {
  TRUST_PROXY:
    "`1`: a proxy of ours sets `X-Forwarded-For`; sign-ins are then throttled by its last entry. Default: by the socket.",
  NEXTAUTH_URL: "The address users type. Default: made from `HOST` and `PORT`. Set it behind a proxy.",
  STRATA_TEST_SUMMARY: "Set by `npm test` for its reporter.",
  npm_execpath: "Set by npm: which npm to call.",
  XDG_DATA_HOME: "Parent of `STRATA_HOME` for accounts other than root. Default: `~/.local/share`.",
};

/**
 * Every environment variable, with its default and its meaning.
 * @param root the repository
 * @throws Error naming a variable of `Env` without a doc comment
 */
export function environmentPage(root: string): string {
  const docs = memberDocs(parseSource(path.join(root, "server/lib/env.ts")), "Env");
  const defaults: Partial<Record<string, unknown>> = { ...parseEnv({ HOME: "/" }), ...MACHINE_DEFAULTS };
  const rows = [...docs].map(([name, meaning]) => {
    if (meaning === "") throw new Error(`server/lib/env.ts: ${name} of Env has no doc comment.`);
    return [code(name), defaultText(name, defaults[name]), meaning];
  });
  const others = setupVariables(root).filter((name) => !docs.has(name));
  return [
    pageHead("Environment variables", ["server/lib/env.ts", "server/setup/*.mjs"]),
    "All are optional. An empty variable counts as absent. A value that cannot be read stops the start with the name of",
    "the variable. What drivers get is in [drivers.md](../drivers.md).\n",
    "## Read by the core\n",
    table(["Variable", "Default", "Meaning"], rows),
    "## Read by the scripts only\n",
    table(
      ["Variable", "Meaning"],
      others.map((name) => [code(name), SETUP_TEXTS[name] ?? ""]),
    ),
  ].join("\n");
}

function defaultText(name: string, value: unknown): string {
  if (value === undefined) return "none";
  return Object.hasOwn(MACHINE_DEFAULTS, name) ? String(value) : code(String(value));
}

/** Names of `process.env.NAME` in the plain scripts of server/setup. */
function setupVariables(root: string): string[] {
  const folder = path.join(root, "server/setup");
  const names = new Set<string>();
  for (const file of readdirSync(folder).filter((each) => each.endsWith(".mjs"))) {
    for (const [, name] of readFileSync(path.join(folder, file), "utf8").matchAll(/process\.env\.(\w+)/g)) {
      if (name !== undefined) names.add(name);
    }
  }
  return [...names].sort();
}
