/**
 * The environment, parsed in this one place. Read through a function and not at import: tests and the start script set
 * variables after modules are loaded.
 */
import { homedir, hostname } from "node:os";
import path from "node:path";
import { z } from "zod";

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** An empty variable is an absent one, as every shell user expects. */
const optionalText = z.preprocess((value) => (value === "" ? undefined : value), z.string().optional());

const Variables = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).catch("development"),
  HOST: optionalText,
  PORT: z.preprocess(
    (value) => (value === "" ? undefined : value),
    z.coerce.number().int().min(0).max(65_535).default(3000),
  ),
  DATABASE_URL: optionalText,
  STRATA_HOME: optionalText,
  STRATA_SSH_CONFIG: optionalText,
  LIBVIRT_DEFAULT_URI: optionalText,
  STRATA_NODE_NAME: optionalText,
  NEXTAUTH_SECRET: optionalText,
  METRICS_TOKEN: optionalText,
  DATASTORE_LOCATION: optionalText,
  REMOTES_DIR: optionalText,
  LOG_LEVEL: z.preprocess((value) => (value === "" ? undefined : value), z.enum(LOG_LEVELS).default("info")),
  XDG_DATA_HOME: optionalText,
  PATH: optionalText,
  HOME: optionalText,
  SSH_AUTH_SOCK: optionalText,
});

export interface Env {
  /** Which way Next and React run. */
  NODE_ENV: "development" | "production" | "test";
  /** Address to listen on; `0.0.0.0` is every address. */
  HOST: string;
  /** Port to listen on; 0 takes any free one. */
  PORT: number;
  /** A PostgreSQL of your own; without it, the embedded one in `STRATA_HOME`. */
  DATABASE_URL?: string | undefined;
  /** Everything Strata keeps on this machine: database, secrets, datastore folders. */
  STRATA_HOME: string;
  /** Extra `ssh -F` file for every connection. */
  STRATA_SSH_CONFIG?: string | undefined;
  /** Which libvirt `localhost` has, when it is not `qemu:///system`; handed on to drivers. */
  LIBVIRT_DEFAULT_URI?: string | undefined;
  /** Name of this node among those that share a database. Two nodes must not have the same. */
  STRATA_NODE_NAME: string;
  /** Signs sessions; `npm start` makes one and keeps it in `STRATA_HOME/auth_secret`. */
  NEXTAUTH_SECRET?: string | undefined;
  /** Bearer token that `/metrics` asks for; without it only this machine may read them. */
  METRICS_TOKEN?: string | undefined;
  /** Parent of the datastore folders, the same path on the front-end and on the hosts. */
  DATASTORE_LOCATION: string;
  /** Where the driver executables are. */
  REMOTES_DIR: string;
  /** `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. */
  LOG_LEVEL: (typeof LOG_LEVELS)[number];
  /** Where programs are looked for; handed on to drivers. */
  PATH: string;
  /** Where ssh finds its keys and known hosts; handed on to drivers. */
  HOME: string;
  /** Agent with ssh keys; handed on to drivers. */
  SSH_AUTH_SOCK?: string | undefined;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Parse a set of variables. Throws with the name of the first bad one. */
export function parseEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const result = Variables.safeParse(source);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`Environment variable ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}`);
  }
  const { XDG_DATA_HOME, ...given } = result.data;
  const home = given.HOME ?? homedir();
  const isRoot = process.getuid?.() === 0;
  const strataHome =
    given.STRATA_HOME ??
    (isRoot ? "/var/lib/strata" : path.join(XDG_DATA_HOME ?? path.join(home, ".local/share"), "strata"));
  return {
    ...given,
    HOST: given.HOST ?? "127.0.0.1",
    STRATA_HOME: strataHome,
    STRATA_NODE_NAME: given.STRATA_NODE_NAME ?? hostname(),
    DATASTORE_LOCATION: given.DATASTORE_LOCATION ?? path.join(strataHome, "datastores"),
    REMOTES_DIR: given.REMOTES_DIR ?? path.join(process.cwd(), "dist/remotes"),
    PATH: given.PATH ?? DEFAULT_PATH,
    HOME: home,
  };
}

/** The environment of this process as it is now. */
export function env(): Env {
  return parseEnv(process.env);
}

/**
 * What a child process gets when nothing else is said: enough to find programs and to log in over ssh, and nothing that
 * could carry a secret of ours. LANG=C keeps messages of tools parseable.
 */
export function childEnv(): Record<string, string> {
  const { PATH, HOME, SSH_AUTH_SOCK, STRATA_SSH_CONFIG, LIBVIRT_DEFAULT_URI } = env();
  return {
    PATH,
    HOME,
    LANG: "C",
    LC_ALL: "C.UTF-8",
    ...(SSH_AUTH_SOCK === undefined ? {} : { SSH_AUTH_SOCK }),
    ...(STRATA_SSH_CONFIG === undefined ? {} : { STRATA_SSH_CONFIG }),
    ...(LIBVIRT_DEFAULT_URI === undefined ? {} : { LIBVIRT_DEFAULT_URI }),
  };
}

/** What the command line reads of its environment, with OpenNebula's names (jobs-api-cli §6.1). */
export interface CommandLineEnv {
  /** File with `user:password`. */
  ONE_AUTH?: string | undefined;
  /** Address of the API. */
  ONE_XMLRPC?: string | undefined;
  /** Seconds that a call may take. */
  ONE_XMLRPC_TIMEOUT?: string | undefined;
  HOME: string;
}

/** Read once a command; empty variables are absent ones. */
export function commandLineEnv(source: Readonly<Record<string, string | undefined>> = process.env): CommandLineEnv {
  const { ONE_AUTH, ONE_XMLRPC, ONE_XMLRPC_TIMEOUT, HOME } = source;
  return {
    ONE_AUTH: ONE_AUTH || undefined,
    ONE_XMLRPC: ONE_XMLRPC || undefined,
    ONE_XMLRPC_TIMEOUT: ONE_XMLRPC_TIMEOUT || undefined,
    HOME: HOME || homedir(),
  };
}
