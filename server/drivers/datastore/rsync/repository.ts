import { AbsolutePath, HostAddress, UnixUser } from "../../../domain/datastore";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import type { XmlElement } from "../../xml";
import { attribute } from "../attribute";
import { type Limits, parseLimits } from "../limits";
import { parseRsyncArgs } from "./rsync-args";

/** A backup datastore of driver `rsync`: where it stores, and how the files get there. */
export interface Repository {
  /** Datastore id, the first field of our URLs. */
  id: number;
  /** The backup server. */
  server: Machine;
  /** Absolute, without doubled or trailing slashes. */
  basePath: string;
  /** Empty: files go through an ssh stream. */
  rsyncArgs: string[];
  /** Bytes of the file system that stay free; null: the smaller of 5 % and 2048 MiB, which the server works out. */
  reserveBytes: number | null;
  /** Folder on the server for sockets. */
  tmpDir: string;
  /** What `.repo-id` must hold; null: the datastore does not know yet. */
  repoId: string | null;
  /** What a command on a path may take: RSYNC_NICE and so on. */
  limits(ioPath: string): Limits;
}

/** An id in `.repo-id`; ours have 24 digits. */
export const REPO_ID = /^[0-9a-f]{6,64}$/;

/** `//a//b/` → `/a/b`: upstream documents show doubled slashes. */
export function normalisePath(path: string): string {
  const joined = path.replaceAll(/\/{2,}/g, "/");
  return joined.length > 1 && joined.endsWith("/") ? joined.slice(0, -1) : joined;
}

/** An absolute path without `..` and control characters, or a DriverError that names `label`. */
export function absolutePath(label: string, text: string): string {
  const parsed = AbsolutePath.safeParse(text);
  if (!parsed.success) {
    const reason = parsed.error.issues[0]?.message ?? "it is not valid";
    throw new DriverError(`${label} ${JSON.stringify(text)} is refused: ${reason}.`);
  }
  const path = normalisePath(parsed.data);
  if (path === "/" || path.split("/").includes(".")) {
    throw new DriverError(`${label} ${JSON.stringify(text)} is refused: name a folder below the root.`);
  }
  return path;
}

/** A decimal id, or a DriverError that names `label`. */
export function numericId(label: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new DriverError(`${label} ${JSON.stringify(text)} is not a number.`);
  return Number(text);
}

/**
 * Read a DATASTORE element. Grammar instead of escaping: each value is what it claims to be, or the action fails.
 * @throws DriverError naming the attribute
 */
export function parseRepository(datastore: XmlElement | null): Repository {
  if (datastore === null) throw new DriverError("The document has no DATASTORE element.");
  const host = HostAddress.safeParse(attribute(datastore, "RSYNC_HOST"));
  if (!host.success) throw new DriverError("RSYNC_HOST is missing or is not a host name or IP address.");
  const user = UnixUser.safeParse(attribute(datastore, "RSYNC_USER") || "oneadmin");
  if (!user.success) throw new DriverError("RSYNC_USER is not a Unix user name.");
  const port = attribute(datastore, "RSYNC_PORT");
  const portNumber = port === "" ? undefined : numericId("RSYNC_PORT", port);
  if (portNumber !== undefined && (portNumber < 1 || portNumber > 65_535)) {
    throw new DriverError("RSYNC_PORT must be between 1 and 65535.");
  }
  const reserve = attribute(datastore, "RESERVE_MB");
  const repoId = attribute(datastore, "REPO_ID");
  if (repoId !== "" && !REPO_ID.test(repoId)) throw new DriverError("REPO_ID is not the id of a repository.");
  const id = numericId("The id of the datastore", datastore.text("ID"));
  return {
    id,
    server: { host: host.data, user: user.data, ...(portNumber === undefined ? {} : { port: portNumber }) },
    basePath: absolutePath("BASE_PATH", datastore.text("BASE_PATH")),
    rsyncArgs: parseRsyncArgs(attribute(datastore, "RSYNC_ARGS")),
    reserveBytes: reserve === "" ? null : numericId("RESERVE_MB", reserve) * 1024 * 1024,
    tmpDir: absolutePath("RSYNC_TMP_DIR", attribute(datastore, "RSYNC_TMP_DIR") || "/var/tmp"),
    repoId: repoId === "" ? null : repoId,
    limits: parseLimits(datastore, "RSYNC", id),
  };
}

/** `<host>:<vm_dir>`; an IPv6 address has colons, so the path begins at the first `:/`. */
export function parseHostPath(text: string): { host: Machine; dir: string } {
  const at = text.indexOf(":/");
  const host = HostAddress.safeParse(text.slice(0, Math.max(at, 0)));
  if (at < 1 || !host.success) throw new DriverError(`${JSON.stringify(text)} is not <host>:<absolute path>.`);
  return { host: { host: host.data }, dir: absolutePath("The VM's folder", text.slice(at + 1)) };
}

/** MiB, rounded up, as the core counts sizes. */
export function toMib(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}
