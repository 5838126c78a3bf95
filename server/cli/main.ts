import { once } from "node:events";
import { fstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { commandLineEnv } from "../lib/env";
import { authFile, resolveConnection } from "./connection";
import { CliError, messageOf } from "./error";
import { parseCommand } from "./program";
import { PROGRAMS } from "./programs";
import { rpcClient } from "./rpc";
import type { Cli, Options } from "./spec";

const VERSION = "Strata 0.1.0, compatible with OpenNebula 7.5";
const FAILED = 255;
/** How long a pipe may take to begin, for commands that have options instead. */
const FIRST_BYTE_MS = 300;

/** Run one command of the family; answers the exit code: 0, or 255 for every error. */
export async function runProgram(name: string, argv: readonly string[]): Promise<number> {
  const program = PROGRAMS.find((one) => one.name === name);
  if (program === undefined) {
    process.stderr.write(`There is no command ${name}. There are: ${PROGRAMS.map((one) => one.name).join(", ")}\n`);
    return FAILED;
  }
  const parsed = parseCommand(program, argv, VERSION);
  if ("code" in parsed) {
    process.stdout.write(parsed.stdout);
    process.stderr.write(parsed.stderr);
    return parsed.code;
  }
  try {
    await parsed.subcommand.run(await openCli(parsed.options), parsed.args, parsed.options);
    return 0;
  } catch (error) {
    const isOnStdout = error instanceof CliError && error.isOnStdout;
    (isOnStdout ? process.stdout : process.stderr).write(`${messageOf(error)}\n`);
    return FAILED;
  }
}

async function openCli(options: Options): Promise<Cli> {
  const environment = commandLineEnv();
  const connection = await resolveConnection(environment, {
    endpoint: options.text("endpoint"),
    user: options.text("user"),
    password: options.text("password"),
    askPassword,
  });
  const isTerminal = process.stdout.isTTY === true;
  return {
    call: rpcClient(connection),
    auth: authFile(environment, connection.session),
    print: (line) => void process.stdout.write(`${line}\n`),
    warn: (line) => void process.stderr.write(`${line}\n`),
    tell: (line) => void (options.isSet("verbose") && process.stdout.write(`${line}\n`)),
    progress: (line) => void (isTerminal && process.stdout.write(line === "" ? "\r\x1b[K" : `\r${line}\x1b[K`)),
    readTemplate,
    now: Date.now,
    sleep: (ms) => delay(ms),
    width: isTerminal ? process.stdout.columns : null,
  };
}

/** Without an echo on a terminal; the first line of standard input elsewhere. */
async function askPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write("Password: ");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write("\n");
  }
}

async function readTemplate(
  file: string | undefined,
  options: { isOptional?: boolean } = {},
): Promise<string | undefined> {
  if (file !== undefined) {
    try {
      return await readFile(path.resolve(file), "utf8");
    } catch {
      throw new CliError(`Cannot read file ${file}`);
    }
  }
  if (!(await isStandardInputGiven(options.isOptional === true))) return undefined;
  const given = await readAll(process.stdin);
  return given.trim() === "" ? undefined : given;
}

/**
 * A pipe or a file; a terminal, /dev/null and a socket that some parent keeps open are none. A pipe that another program
 * holds open and writes nothing to must not stop a command that can do without.
 */
async function isStandardInputGiven(isOptional: boolean): Promise<boolean> {
  try {
    const kind = fstatSync(0);
    if (kind.isFile()) return kind.size > 0;
    if (!kind.isFIFO()) return false;
  } catch {
    return false;
  }
  if (!isOptional) return true;
  const stop = new AbortController();
  const first = once(process.stdin, "readable", { signal: stop.signal }).then(
    () => true,
    () => false,
  );
  const late = delay(FIRST_BYTE_MS, false, { ref: false });
  const isGiven = await Promise.race([first, late]);
  stop.abort();
  if (!isGiven) process.stdin.unref();
  return isGiven;
}
