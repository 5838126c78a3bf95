import { randomBytes } from "node:crypto";
import type { IncrementType, Manifest } from "../../../domain/backup";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { parseXml, type XmlElement } from "../../xml";
import { numericId, parseHostPath, parseRepository, type Repository } from "./repository";
import type { StagedFile } from "./staging";
import { BACKUP_ID } from "./url";

/** One backup as argv and the document describe it, wherever it is stored. */
export interface StagedBackup {
  host: Machine;
  stagingDir: string;
  vmId: number;
  diskIds: number[];
  backupId: string;
  incrementId: number;
  /** -1 for a full. */
  parentId: number;
  /** Stored backup that this one is an increment of; null: a full, or the core does not say. */
  parentBackupId: string | null;
  type: IncrementType;
  /** Disks whose dirty bitmap the next increment starts from. */
  bitmapDiskIds: number[];
}

export interface BackupPlan extends StagedBackup {
  repository: Repository;
}

const MAX_DISKS = 256;
/** 12 random bytes: 24 hexadecimal digits, as the core's own ids. */
const ID_BYTES = 12;

/** The same argv and document for the rsync driver. */
export function parseBackupPlan(argv: readonly string[], xml: string): BackupPlan {
  const document = parseXml(xml);
  return { ...parseStagedBackup(argv, document), repository: parseRepository(document.first("DATASTORE")) };
}

/**
 * Read argv `<host>:<vm_dir> <disk ids> <deploy_id> <job or -> <vm_id> <ds_id> [<backup id>]` and the document.
 * MODE FULL: increment 0 without parent; INCREMENT: the one after LAST_INCREMENT_ID, which is -1 for the first.
 */
export function parseStagedBackup(argv: readonly string[], document: XmlElement): StagedBackup {
  const [source = "", disks = "", , , vmText = "", , idArgument = ""] = argv;
  if (argv.length !== 6 && argv.length !== 7) {
    throw new DriverError(
      "Usage: backup <host>:<vm_dir> <disk ids> <deploy_id> <job or -> <vm_id> <ds_id> [<backup id>]",
    );
  }
  const vm = document.first("VM");
  const vmId = numericId("The VM id", vmText);
  if (vm !== null && vm.text("ID") !== String(vmId)) throw new DriverError("The VM document is of another VM.");
  const diskIds = disks.split(":").map((word) => numericId("The disk id", word));
  if (diskIds.length > MAX_DISKS || new Set(diskIds).size !== diskIds.length) {
    throw new DriverError(`The disk list ${JSON.stringify(disks.slice(0, 100))} is not valid.`);
  }
  const idInDocument = document.text("EXTRA_DATA/BACKUP_ID");
  const backupId = idInDocument || idArgument || randomBytes(ID_BYTES).toString("hex");
  if (!/^[0-9a-f]{24}$/.test(backupId)) throw new DriverError("BACKUP_ID is not 24 hexadecimal digits.");
  if (idArgument !== "" && idArgument !== backupId) {
    throw new DriverError("The backup id of the arguments is not the BACKUP_ID of the document.");
  }

  const config = vm?.first("BACKUPS/BACKUP_CONFIG") ?? null;
  const isChain = config?.text("MODE").toUpperCase() === "INCREMENT";
  const lastText = config?.text("LAST_INCREMENT_ID") ?? "";
  const last = lastText === "" || lastText === "-1" ? -1 : numericId("LAST_INCREMENT_ID", lastText);
  const parentId = isChain ? last : -1;
  const hasBitmaps = isChain && config?.text("INCREMENT_MODE").toUpperCase() !== "SNAPSHOT";
  const rawDisks = new Set(
    (vm?.all("TEMPLATE/DISK") ?? [])
      .filter((disk) => (disk.text("FORMAT") || disk.text("DRIVER")).toLowerCase() === "raw")
      .map((disk) => Number(disk.text("DISK_ID"))),
  );
  const parentBackupId = parentId === -1 ? "" : (config?.text("LAST_BACKUP_ID") ?? "");
  if (parentBackupId !== "" && !BACKUP_ID.test(parentBackupId)) {
    throw new DriverError("LAST_BACKUP_ID is not the id of a backup (6 to 64 hexadecimal digits).");
  }
  const { host, dir } = parseHostPath(source);
  return {
    host,
    stagingDir: `${dir}/backup`,
    vmId,
    diskIds,
    backupId,
    incrementId: parentId + 1,
    parentId,
    parentBackupId: parentBackupId === "" ? null : parentBackupId,
    type: parentId === -1 ? "FULL" : "INCREMENT",
    bitmapDiskIds: hasBitmaps ? diskIds.filter((diskId) => !rawDisks.has(diskId)) : [],
  };
}

/** The manifest of staged files; `hashes` has the SHA-256 of every file by name. */
export function buildManifest(
  plan: StagedBackup,
  files: readonly StagedFile[],
  hashes: ReadonlyMap<string, string>,
  createdAt: Date,
  driver = "rsync",
): Manifest {
  const hashOf = (name: string) => {
    const hash = hashes.get(name);
    if (hash === undefined) throw new Error(`${name} has no checksum`);
    return hash;
  };
  return {
    version: 1,
    vmId: plan.vmId,
    backupId: plan.backupId,
    incrementId: plan.incrementId,
    type: plan.type,
    parentId: plan.parentId,
    createdAt: createdAt.toISOString(),
    tool: `strata ${driver} driver`,
    vmXmlSha256: hashOf("vm.xml"),
    disks: files.flatMap(({ name, bytes, disk }) =>
      disk === null
        ? []
        : [
            {
              id: disk.id,
              file: name,
              bytes,
              sha256: hashOf(name),
              virtualSize: disk.virtualSize,
              bitmap: plan.bitmapDiskIds.includes(disk.id) ? `one-${plan.vmId}-${plan.incrementId}` : null,
            },
          ],
    ),
  };
}
