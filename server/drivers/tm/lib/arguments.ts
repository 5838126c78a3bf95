/** The argv of tm actions (docs/drivers.md). Everything in it is checked before it is used as a path or a host. */
import { AbsolutePath, HostAddress } from "../../../domain/datastore";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";

export interface Place {
  machine: Machine;
  path: string;
}

export interface BackupArguments {
  machine: Machine;
  vmDir: string;
  diskIds: number[];
  vmId: number;
  /** Null: the core does not say. */
  backupId: string | null;
}

/** `<host>:<absolute path>`; the host may be an IPv6 address, so the path begins at the first `:/`. */
export function parsePlace(word: string | undefined): Place {
  const [, host, path] = /^(.+?):(\/.*)$/s.exec(word ?? "") ?? [];
  if (host === undefined || path === undefined) throw new DriverError(`Expected <host>:<path>, got "${word ?? ""}".`);
  if (!HostAddress.safeParse(host).success) throw new DriverError(`"${host}" is not a host name or IP address.`);
  if (!AbsolutePath.safeParse(path).success) throw new DriverError(`"${path}" is not a path that can be used here.`);
  return { machine: { host }, path: path.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1") };
}

export function parseId(word: string | undefined, what: string): number {
  if (word === undefined || !/^\d{1,9}$/.test(word)) throw new DriverError(`"${word ?? ""}" is not a ${what}.`);
  return Number(word);
}

/** `<host>:<vm_dir> <disk ids ':'> <deploy_id> <job or -> <vm_id> <ds_id> [<backup id>]` of pre- and postbackup. */
export function parseBackupArguments(argv: readonly string[]): BackupArguments {
  const [place, disks = "", , , vmId, , backupId = ""] = argv;
  const { machine, path } = parsePlace(place);
  const diskIds = [
    ...new Set(
      disks
        .split(":")
        .filter((word) => word !== "")
        .map((word) => parseId(word, "disk id")),
    ),
  ];
  if (diskIds.length === 0) throw new DriverError("No disk to back up.");
  if (backupId !== "" && !/^[0-9a-f]{24}$/.test(backupId)) {
    throw new DriverError("The backup id is not 24 hexadecimal digits.");
  }
  return {
    machine,
    vmDir: path,
    diskIds,
    vmId: parseId(vmId, "VM id"),
    backupId: backupId === "" ? null : backupId,
  };
}

export interface DiskTarget extends Place {
  vmDir: string;
}

/** `<host>:<…>/<ds id>/<vm id>/disk.<n>`: where clone, ln and mkimage put a disk. */
export function parseDiskTarget(word: string | undefined, vmId: number): DiskTarget {
  const place = parsePlace(word);
  const [, vmDir, folderId] = /^(\/.+\/\d{1,9}\/(\d{1,9}))\/disk\.\d{1,6}$/.exec(place.path) ?? [];
  if (vmDir === undefined || Number(folderId) !== vmId) {
    throw new DriverError(`${place.path} is not a disk of VM ${vmId}: expected …/<datastore>/${vmId}/disk.<n>.`);
  }
  return { ...place, vmDir };
}
