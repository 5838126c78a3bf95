import pino, { type Logger } from "pino";
import { env } from "./env";

export type { Logger };

/** Names whose values never reach a log, wherever they sit one or two levels deep. */
const SECRET_KEYS = ["password", "passwordHash", "token", "secret", "authorization", "cookie"];

let root: Logger | undefined;

/** The process's logger (JSON lines on stdout); children carry `{ actionId, vmId }`. */
export function logger(): Logger {
  root ??= pino({
    level: env().LOG_LEVEL,
    base: { node: env().STRATA_NODE_NAME },
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: "***" },
  });
  return root;
}
