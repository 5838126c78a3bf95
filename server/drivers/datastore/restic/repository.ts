import { HostAddress, UnixUser } from "../../../domain/datastore";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import type { XmlElement } from "../../xml";
import { attribute } from "../attribute";
import { type Limits, parseLimits } from "../limits";
import { absolutePath, numericId, REPO_ID } from "../rsync/repository";

export type Compression = "auto" | "off" | "max";

/** A backup datastore of driver `restic`: a folder on a server with one restic repository a VM or a backup job. */
export interface ResticDatastore {
  /** Datastore id, the first field of our URLs. */
  id: number;
  /** The backup server. */
  server: Machine;
  /** Absolute, without doubled or trailing slashes. */
  basePath: string;
  /** What `.repo-id` must hold; null: the datastore does not know yet. */
  repoId: string | null;
  /** Of every repository below `basePath`. Goes to restic through a pipe, and nowhere else. */
  password: string;
  /** Bytes of the file system that stay free; null: the smaller of 5 % and 2048 MiB. */
  reserveBytes: number | null;
  /** For restic's temporary files and for disks that are put together; on whichever machine that happens. */
  tmpDir: string;
  compression: Compression;
  /** `--option=sftp.connections`; restic's own default is 5. */
  connections: number | null;
  /** KiB a second, both ways. */
  bandwidth: number | null;
  /** GOMAXPROCS: processors that restic may use. */
  processors: number | null;
  /** Options of `prune`. */
  pruneOptions: readonly string[];
  limits: (ioPath: string) => Limits;
}

/** Which repository below BASE_PATH: that of the VM, or that of the job the VM belongs to. */
export interface RepositoryOwner {
  vmId: number;
  jobId: number | null;
}

const MAX_PASSWORD_CHARS = 1024;

/** Folder of the repository. */
export function repositoryPath(datastore: Pick<ResticDatastore, "basePath">, owner: RepositoryOwner): string {
  return `${datastore.basePath}/${owner.jobId === null ? owner.vmId : `job_${owner.jobId}`}`;
}

/**
 * Read a DATASTORE element. Grammar instead of escaping: each value is what it claims to be, or the action fails.
 * @throws DriverError naming the attribute, never its value when it is the password
 */
export function parseResticDatastore(datastore: XmlElement | null): ResticDatastore {
  if (datastore === null) throw new DriverError("The document has no DATASTORE element.");
  const read = (name: string) => attribute(datastore, `RESTIC_${name}`);
  const backend = (read("BACKEND") || "SFTP").toUpperCase();
  if (backend !== "SFTP") throw new DriverError("RESTIC_BACKEND must be SFTP; other backends are not supported.");
  const host = HostAddress.safeParse(read("SFTP_SERVER"));
  if (!host.success) throw new DriverError("RESTIC_SFTP_SERVER is missing or is not a host name or IP address.");
  const user = UnixUser.safeParse(read("SFTP_USER") || "oneadmin");
  if (!user.success) throw new DriverError("RESTIC_SFTP_USER is not a Unix user name.");
  const port = optionalNumber("RESTIC_SFTP_PORT", read("SFTP_PORT"), 1, 65_535);
  const reserve = attribute(datastore, "RESERVE_MB");
  const repoId = attribute(datastore, "REPO_ID");
  if (repoId !== "" && !REPO_ID.test(repoId)) throw new DriverError("REPO_ID is not the id of a repository.");
  const id = numericId("The id of the datastore", datastore.text("ID"));
  return {
    id,
    server: { host: host.data, user: user.data, ...(port === null ? {} : { port }) },
    basePath: absolutePath("BASE_PATH", datastore.text("BASE_PATH")),
    repoId: repoId === "" ? null : repoId,
    password: parsePassword(read("PASSWORD")),
    reserveBytes: reserve === "" ? null : numericId("RESERVE_MB", reserve) * 1024 * 1024,
    tmpDir: absolutePath("RESTIC_TMP_DIR", read("TMP_DIR") || "/var/tmp"),
    compression: parseCompression(read("COMPRESSION")),
    connections: optionalNumber("RESTIC_CONNECTIONS", read("CONNECTIONS"), 1, 100),
    bandwidth: optionalNumber("RESTIC_BWLIMIT", read("BWLIMIT"), 1, 1_000_000_000),
    processors: optionalNumber("RESTIC_MAXPROC", read("MAXPROC"), 1, 4096),
    pruneOptions: [
      ...pruneOption("RESTIC_PRUNE_MAX_REPACK", "--max-repack-size", read("PRUNE_MAX_REPACK"), /^\d{1,15}[kKmMgGtT]?$/),
      ...pruneOption(
        "RESTIC_PRUNE_MAX_UNUSED",
        "--max-unused",
        read("PRUNE_MAX_UNUSED") || "0",
        /^(\d{1,15}[kKmMgGtT%]?|unlimited)$/,
      ),
    ],
    limits: parseLimits(datastore, "RESTIC", id),
  };
}

/** Upstream's documents may carry the quotes of the template text. */
function parsePassword(text: string): string {
  const password = /^"(.*)"$/s.exec(text)?.[1] ?? /^'(.*)'$/s.exec(text)?.[1] ?? text;
  if (password === "") throw new DriverError("RESTIC_PASSWORD is missing.");
  if (password.startsWith("sealed-1:")) throw new DriverError("RESTIC_PASSWORD arrived as it is stored, not in clear.");
  if (password.length > MAX_PASSWORD_CHARS || /[\u0000-\u001f\u007f]/.test(password)) {
    throw new DriverError("RESTIC_PASSWORD is too long or has control characters.");
  }
  return password;
}

function parseCompression(text: string): Compression {
  const word = text.toLowerCase() || "auto";
  if (word !== "auto" && word !== "off" && word !== "max") {
    throw new DriverError("RESTIC_COMPRESSION must be auto, off or max.");
  }
  return word;
}

/** Null for unset and for upstream's -1. */
function optionalNumber(name: string, text: string, least: number, most: number): number | null {
  if (text === "" || text === "-1") return null;
  if (!/^\d{1,10}$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new DriverError(`${name} must be a number from ${least} to ${most}.`);
  }
  return Number(text);
}

function pruneOption(name: string, option: string, text: string, form: RegExp): string[] {
  if (text === "") return [];
  if (!form.test(text)) throw new DriverError(`${name} ${JSON.stringify(text.slice(0, 40))} is not valid.`);
  return [`${option}=${text}`];
}
