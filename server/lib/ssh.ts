/**
 * Commands on another machine, as argv for process.ts. The remote side always gets one string for its login shell, so
 * this file quotes, by the only quoting function of the product (server/domain/shell-word.ts).
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { HostAddress, UnixUser } from "../domain/datastore";
import { shellWord } from "../domain/shell-word";
import { env } from "./env";
import type { Argv } from "./process";

/** `localhost` is this machine: no ssh at all. */
export interface Machine {
  host: string;
  user?: string;
  port?: number;
}

/** Hardware AES is 1.25 to 1.5 times as fast as the default cipher; the others are for servers without it. */
const CIPHERS = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr";
const CONNECT_TIMEOUT_S = 10;
/** ssh gives up when it would ask once more: a peer that is silently cut off is noticed after 30 s. */
const ALIVE_INTERVAL_S = 10;
const ALIVE_LOST_ANSWERS = 2;
/** Between TERM and KILL of a remote command whose connection has gone. */
const REMOTE_GRACE_S = 5;

/**
 * Without --norc, `bash -c` reads ~/.bashrc when its stdin is a socket, which is what Node gives it: slow, and whatever
 * that file prints would be taken for an answer.
 */
export const BASH = ["bash", "--norc", "-c"] as const;

export function isLocal(machine: Machine): boolean {
  return machine.host === "localhost";
}

/** One word for a POSIX shell, whatever it holds. Throws on NUL, which no argument can carry. */
export function quote(word: string): string {
  return shellWord(word);
}

/** `argv` on `machine`. Throws when host, user or port are not what they claim to be. */
export function commandOn(machine: Machine, argv: Argv): Argv {
  if (isLocal(machine)) return argv;
  return [...sshTo(machine), argv.map(quote).join(" ")];
}

/** A fixed bash script on `machine`; `args` are its `$1`, `$2`, … and never part of the script text. */
export function scriptOn(machine: Machine, script: string, args: readonly string[]): Argv {
  return commandOn(machine, [...BASH, script, "strata", ...args]);
}

/**
 * Passes stdin on to the command, and ends the command's whole process group when stdin ends: sshd closes it when the
 * connection or our process dies, and nothing else would stop a qemu-img on a host. `wait` gives the command's code.
 * The command runs under pdeathsig in case the wrapper itself is killed.
 */
const GUARD_SCRIPT = `
grace=$1; shift
exec 4<&0 </dev/null
exec 3> >(exec setsid setpriv --pdeathsig KILL -- "$@" 4<&-)
pid=$!
{
  cat <&4 >&3 2>/dev/null
  exec 3>&- 4<&- >/dev/null 2>&1
  kill -TERM -- "-$pid"
  n=0
  while [ "$n" -lt "$((grace * 10))" ] && kill -0 -- "-$pid"; do sleep 0.1; n=$((n + 1)); done
  kill -KILL -- "-$pid"
} 2>/dev/null &
watcher=$!
exec 3>&- 4<&-
wait "$pid"
code=$?
disown "$watcher"
kill -KILL "$watcher" 2>/dev/null
exit "$code"
`;

/**
 * Like `commandOn`, for commands that must not outlive their connection. Stdin is passed through and has to stay open
 * while the command runs: use `start`, or `run` with `holdStdin`. A local command needs no guard: process.ts ends it.
 */
export function guardedOn(machine: Machine, argv: Argv): Argv {
  if (isLocal(machine)) return argv;
  return commandOn(machine, [...BASH, GUARD_SCRIPT, "strata", String(REMOTE_GRACE_S), ...argv]);
}

/** `guardedOn` for a fixed bash script. */
export function guardedScriptOn(machine: Machine, script: string, args: readonly string[]): Argv {
  return guardedOn(machine, [...BASH, script, "strata", ...args]);
}

/** `ssh` with options and host, ready for the remote command line; also what rsync's `-e` is made of. */
export function sshTo(machine: Machine): [string, ...string[]] {
  return [...sshOptions(machine), "--", HostAddress.parse(machine.host)];
}

/** `ssh` and its options without the host. */
export function sshOptions(machine: Machine): [string, ...string[]] {
  const { STRATA_SSH_CONFIG } = env();
  const options: [string, ...string[]] = ["ssh"];
  if (STRATA_SSH_CONFIG !== undefined) options.push("-F", STRATA_SSH_CONFIG);
  options.push("-o", "BatchMode=yes", "-o", `ConnectTimeout=${CONNECT_TIMEOUT_S}`);
  options.push("-o", `ServerAliveInterval=${ALIVE_INTERVAL_S}`, "-o", `ServerAliveCountMax=${ALIVE_LOST_ANSWERS}`);
  options.push("-o", "ForwardAgent=yes");
  // The command line beats the file, and an operator who asked for strict checking must get it.
  const configured = configText();
  if (!/^\s*StrictHostKeyChecking\b/im.test(configured)) options.push("-o", "StrictHostKeyChecking=accept-new");
  if (!/^\s*Ciphers\b/im.test(configured)) options.push("-c", CIPHERS);
  if (machine.port !== undefined) options.push("-p", String(checkedPort(machine.port)));
  if (machine.user !== undefined) options.push("-l", UnixUser.parse(machine.user));
  return options;
}

function checkedPort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${port} is not a port.`);
  return port;
}

/** What ssh itself would read; a file that is not there says nothing. */
function configText(): string {
  const { STRATA_SSH_CONFIG, HOME } = env();
  const files =
    STRATA_SSH_CONFIG === undefined ? [path.join(HOME, ".ssh/config"), "/etc/ssh/ssh_config"] : [STRATA_SSH_CONFIG];
  return files.map(readOrEmpty).join("\n");
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
