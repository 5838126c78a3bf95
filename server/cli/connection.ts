import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CommandLineEnv } from "../lib/env";
import { CliError } from "./error";
import type { Connection } from "./rpc";
import type { AuthFile } from "./spec";

const DEFAULT_ENDPOINT = "http://localhost:2633/RPC2";
const SYSTEM_HOME = "/var/lib/one";
/** `oneimage restore` answers after 180 s at the latest. */
const DEFAULT_TIMEOUT_SECONDS = 240;
const MAX_TIMEOUT_SECONDS = 24 * 3600;

export interface ConnectionOptions {
  endpoint: string | undefined;
  user: string | undefined;
  password: string | undefined;
  /** Asks for the password of `user` when none was given. */
  askPassword(): Promise<string>;
}

/** Where to call and as whom, in the order of the reference (jobs-api-cli §6.1). @throws CliError */
export async function resolveConnection(environment: CommandLineEnv, options: ConnectionOptions): Promise<Connection> {
  const endpoint =
    options.endpoint ??
    environment.ONE_XMLRPC ??
    (await firstFile([
      path.join(environment.HOME, ".one/one_endpoint"),
      path.join(SYSTEM_HOME, ".one/one_endpoint"),
    ])) ??
    DEFAULT_ENDPOINT;
  if (!/^https?:\/\/[^\s]+$/.test(endpoint)) throw new CliError(`The endpoint is not a URL: ${endpoint}`);
  const seconds = Number(environment.ONE_XMLRPC_TIMEOUT ?? DEFAULT_TIMEOUT_SECONDS);
  const isUsable = Number.isFinite(seconds) && seconds > 0;
  return {
    endpoint,
    session: await readSession(environment, options),
    timeoutMs: Math.min(isUsable ? seconds : DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS) * 1000,
  };
}

/** The file that `oneuser login` writes: that of ONE_AUTH, or the one in the home directory. */
export function authFile(environment: CommandLineEnv, session: string): AuthFile {
  const file = environment.ONE_AUTH ?? path.join(environment.HOME, ".one/one_auth");
  return {
    path: file,
    session,
    async write(content, isForced) {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      const options = { mode: 0o600, flag: "wx" } as const;
      try {
        if (!isForced) {
          await writeFile(file, `${content}\n`, options);
          return true;
        }
        // Over a new file: the old one's mode does not stay, and nobody reads half a line.
        const fresh = `${file}.${process.pid}`;
        await writeFile(fresh, `${content}\n`, options);
        await rename(fresh, file);
        return true;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
        throw new CliError(`Cannot write ${file}`);
      }
    },
  };
}

async function readSession(environment: CommandLineEnv, options: ConnectionOptions): Promise<string> {
  if (options.user !== undefined) {
    return `${options.user}:${options.password ?? (await options.askPassword())}`;
  }
  if (environment.ONE_AUTH !== undefined) {
    const given = await firstFile([environment.ONE_AUTH]);
    if (given !== undefined) return given;
    throw new CliError("ONE_AUTH file not present");
  }
  const found = await firstFile([
    path.join(environment.HOME, ".one/one_auth"),
    path.join(SYSTEM_HOME, ".one/one_auth"),
  ]);
  if (found === undefined) throw new CliError("ONE_AUTH file not present");
  return found;
}

/** The first line of the first of `files` that is there. */
async function firstFile(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    try {
      return (await readFile(file, "utf8")).split("\n")[0]?.trim();
    } catch {
      // Not there, or not ours to read: the next one.
    }
  }
  return undefined;
}
