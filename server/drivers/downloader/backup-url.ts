/** Backup URLs of every kind, for the drivers that store images: `rsync://…`, `restic://…`. */
import { DriverError, type DriverLog } from "../action";
import { parseResticDatastore } from "../datastore/restic/repository";
import { statResticUrl } from "../datastore/restic/stat-url";
import { parseRepository } from "../datastore/rsync/repository";
import { statBackupUrl } from "../datastore/rsync/stored";
import type { XmlElement } from "../xml";
import { openResticDownload } from "./restic";
import { type Download, openDownload } from "./rsync";

interface Tools {
  signal: AbortSignal;
  log: DriverLog;
}

/** Whether a PATH names a stored backup, not a file. */
export function isBackupUrl(path: string): boolean {
  return /^(rsync|restic):\/\//.test(path);
}

/**
 * Look at what a backup URL names.
 * @param datastore the DATASTORE element of the backup datastore
 * @throws DriverError when it cannot be read
 */
export async function openBackupUrl(url: string, datastore: XmlElement | null, tools: Tools): Promise<Download> {
  switch (schemeOf(url)) {
    case "rsync":
      return await openDownload({ url, repository: parseRepository(datastore), ...tools });
    case "restic":
      return await openResticDownload({ url, datastore: parseResticDatastore(datastore), ...tools });
  }
}

/** Size in MiB of the disk that a backup URL names, as the VM had it. */
export async function sizeOfBackupUrl(url: string, datastore: XmlElement | null, tools: Tools): Promise<number> {
  switch (schemeOf(url)) {
    case "rsync":
      return await statBackupUrl(parseRepository(datastore), url, tools.signal);
    case "restic":
      return await statResticUrl(parseResticDatastore(datastore), url, tools.signal, tools.log);
  }
}

function schemeOf(url: string): "rsync" | "restic" {
  if (url.startsWith("rsync://")) return "rsync";
  if (url.startsWith("restic://")) return "restic";
  throw new DriverError(`${JSON.stringify(url.slice(0, 100))} is not the URL of a backup.`);
}
