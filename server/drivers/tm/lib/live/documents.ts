/** libvirt's documents of a backup: which disks, where to, and what records the changes from now on. */
import { tag } from "../../../../domain/libvirt/markup";

export interface BackupDisk {
  /** `vda` */
  target: string;
  /** Push: where the copy goes, a qcow2 file that is there. Pull: libvirt's scratch file. */
  file: string;
}

/** A full: libvirt serves the disks as they were at the start on a unix socket. */
export function pullBackup(socket: string, disks: readonly BackupDisk[]): string {
  return tag("domainbackup", { mode: "pull" }, [
    tag("server", { transport: "unix", socket }),
    tag(
      "disks",
      {},
      disks.map(({ target, file }) =>
        tag("disk", { name: target, backup: "yes", type: "file", exportname: target }, [
          tag("driver", { type: "qcow2" }),
          tag("scratch", { file }),
        ]),
      ),
    ),
  ]).xml;
}

/** An increment: QEMU writes what has changed since `parent` into the files. */
export function pushBackup(parent: string, disks: readonly BackupDisk[]): string {
  return tag("domainbackup", { mode: "push" }, [
    tag("incremental", {}, parent),
    tag(
      "disks",
      {},
      disks.map(({ target, file }) =>
        tag("disk", { name: target, backup: "yes", type: "file" }, [
          tag("driver", { type: "qcow2" }),
          tag("target", { file }),
        ]),
      ),
    ),
  ]).xml;
}

/** Bitmaps of this name on these disks; `isThere`: they exist, and only libvirt has to learn of them. */
export function checkpoint(name: string, targets: readonly string[], isThere: boolean): string {
  const disks = targets.map((target) =>
    tag("disk", { name: target, checkpoint: "bitmap", bitmap: isThere ? name : undefined }),
  );
  return tag("domaincheckpoint", {}, [
    tag("name", {}, name),
    // libvirt insists on a time and does nothing with it.
    ...(isThere ? [tag("creationTime", {}, 1)] : []),
    tag("disks", {}, disks),
  ]).xml;
}
