import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { attempt, run } from "./command.mjs";
import { SetupError } from "./report.mjs";

/** PostgreSQL refuses to run as root: as root it runs as this account, the one Debian's own packages use. */
const ACCOUNT = "postgres";

/** @typedef {{ uid?: number, gid?: number }} Account empty: run as ourselves */

/**
 * The account PostgreSQL runs as; made when root asks and it is not there.
 * @returns {Promise<Account>}
 */
export async function postgresAccount() {
  if (process.getuid?.() !== 0) return {};
  const known = findAccount();
  if (known !== undefined) return known;
  await run("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT], {
    quiet: true,
  });
  const made = findAccount();
  if (made === undefined) throw new SetupError(`useradd made no account "${ACCOUNT}".`);
  return made;
}

/** @returns {{ uid: number, gid: number } | undefined} */
function findAccount() {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${ACCOUNT}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/**
 * Whether the account may run a program: a clone below /root is closed to it.
 * @param {string} program
 * @param {Account} account
 */
export async function canRun(program, account) {
  try {
    const { code } = await attempt(program, ["--version"], { cwd: "/", quiet: true, ...account });
    return code === 0;
  } catch {
    return false; // EACCES on the way to it.
  }
}

/**
 * Refuse a folder the account cannot reach, naming the parent that is in the way: PostgreSQL's own message does not.
 * @param {string} dir
 * @param {Account} account
 */
export function checkReachable(dir, account) {
  if (account.uid === undefined) return;
  for (let parent = path.dirname(dir); parent !== "/"; parent = path.dirname(parent)) {
    const { mode, uid, gid } = statSync(parent);
    const needed = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & needed) === 0) {
      throw new SetupError(
        `PostgreSQL runs as the account "${ACCOUNT}", which may not pass through ${parent}.\n` +
          `Run "chmod o+x ${parent}", or set STRATA_HOME to a folder outside it, such as /var/lib/strata.`,
      );
    }
  }
}
