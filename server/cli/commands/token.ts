import type { XmlNode } from "../../lib/xml/parse";
import { CliError } from "../error";
import { text } from "../show";
import type { Cli, Subcommand } from "../spec";

/** Ten hours, as the reference. */
const DEFAULT_SECONDS = 36_000;

/** `oneuser token-create`, and `login`, its other name: a login token, written to the file of credentials. */
export function tokenCreate(name: "token-create" | "login"): Subcommand {
  return {
    name,
    args: ["[username]"],
    summary: "make a login token and keep it in the file of credentials",
    options: [
      ["--time <seconds>", `how long it is valid, -1 for ever (default ${DEFAULT_SECONDS})`],
      ["--group <id>", "the only group whose rights it has"],
      ["--force", "write over the file of credentials"],
    ],
    differs: "the drivers ssh, x509 and key are not there; --group takes an id",
    async run(cli, [asked], options) {
      const user = asked ?? userOf(cli.auth.session);
      const seconds = integer(options.text("time") ?? String(DEFAULT_SECONDS), "--time");
      if (seconds === 0) throw new CliError("--time takes seconds, or -1");
      const groupId = integer(options.text("group") ?? "-1", "--group");
      const session = `${user}:${String(await cli.call("one.user.login", user, "", seconds, groupId))}`;
      if (!(await cli.auth.write(session, options.isSet("force")))) {
        cli.print(`File ${cli.auth.path} exists, use --force to overwrite.`);
      }
      cli.print("Authentication Token is:");
      cli.print(session);
    },
  };
}

/** `oneuser token-delete`: the whole token, or the beginning of the one in the file of credentials. */
export const tokenDelete: Subcommand = {
  name: "token-delete",
  args: ["<token>"],
  summary: "end a login token",
  differs: "the whole token, or the beginning of the one that is in use; of oneself",
  async run(cli, [token = ""]) {
    const { session } = cli.auth;
    const own = session.slice(session.indexOf(":") + 1);
    const isOwn = token.length >= 4 && own.startsWith(token);
    await cli.call("one.user.login", userOf(session), isOwn ? own : token, 0, -1);
  },
};

/** One line of `oneuser show`. */
export function tokenText(token: XmlNode): string {
  const ends = Number(text(token, "EXPIRATION_TIME"));
  const until = ends < 0 ? "never ends" : `until ${new Date(ends * 1000).toISOString().slice(0, 19)}Z`;
  const group = text(token, "EGID");
  return `${text(token, "TOKEN")}…  ${until}${group === "-1" ? "" : `  group ${group}`}`;
}

function userOf(session: Cli["auth"]["session"]): string {
  return session.slice(0, session.indexOf(":"));
}

function integer(given: string, option: string): number {
  if (!/^-?\d{1,9}$/.test(given)) throw new CliError(`${option} takes a number, not ${given}`);
  return Number(given);
}
