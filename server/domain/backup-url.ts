import { appError } from "./errors";

/**
 * `rsync://<ds>/<job id or empty>/<inc>:<id>,<inc>:<id>…/<path>`: names one disk of a restore point, with every stored
 * backup it is merged from, oldest first. An empty job id gives two slashes. The path is absolute and ends in
 * `<vm id>/<backup id>/disk.<disk>.<increment>`; it is the disk number that counts, not its increment.
 */
export interface BackupUrl {
  datastoreId: number;
  jobId: number | null;
  /** Oldest first. */
  chain: { incrementId: number; backupId: string }[];
  /** Absolute path of the disk file in one of these backups. */
  path: string;
  vmId: number;
  diskId: number;
}

export interface BackupUrlInput extends Omit<BackupUrl, "path"> {
  /** Root of the repository on the backup server. */
  basePath: string;
}

/** Longest URL we take, characters; a chain of 1000 points fits. */
const MAX_URL_LENGTH = 65_536;
const URL_PARTS = /^rsync:\/\/(\d{1,10})\/(\d{0,10})\/([0-9a-f:,]+)(\/.+)$/;
const CHAIN_PART = /^(\d{1,9}):([0-9a-f]{6,64})$/;
const PATH_END = /\/(\d{1,10})\/([0-9a-f]{6,64})\/disk\.(\d{1,6})\.(\d{1,9})$/;
const MAX_ID = 2_147_483_647;

/** The URL of one disk; its path names the newest backup of the chain. Throws INVALID_INPUT when a part is unfit. */
export function backupUrl(input: BackupUrlInput): string {
  const last = input.chain.at(-1);
  if (last === undefined) throw refused("the chain is empty");
  const base = input.basePath.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "");
  const path = `${base}/${input.vmId}/${last.backupId}/disk.${input.diskId}.${last.incrementId}`;
  const chain = input.chain.map((part) => `${part.incrementId}:${part.backupId}`).join(",");
  const url = `rsync://${input.datastoreId}/${input.jobId ?? ""}/${chain}${path}`;
  parseBackupUrl(url);
  return url;
}

/** Take a URL apart; every part is checked, because it becomes part of commands on other machines. Throws INVALID_INPUT. */
export function parseBackupUrl(url: string): BackupUrl {
  if (url.length > MAX_URL_LENGTH) throw refused("it is too long");
  const [, datastore = "", job = "", list = "", path = ""] = URL_PARTS.exec(url) ?? [];
  if (path === "") throw refused("it is not rsync://<datastore>/<job>/<increment>:<backup>,…/<path>");
  const chain = list.split(",").map(parseChainPart);
  for (const [index, part] of chain.entries()) {
    const previous = chain[index - 1];
    if (previous !== undefined && part.incrementId <= previous.incrementId)
      throw refused("its increments are not in order");
  }
  checkPath(path);
  const [, vm = "", backupId = "", disk = ""] = PATH_END.exec(path) ?? [];
  if (disk === "") throw refused("its path does not end in <vm>/<backup>/disk.<disk>.<increment>");
  if (!chain.some((part) => part.backupId === backupId)) throw refused("its path is outside the chain");
  return {
    datastoreId: parseId(datastore),
    jobId: job === "" ? null : parseId(job),
    chain,
    path,
    vmId: parseId(vm),
    diskId: parseId(disk),
  };
}

/**
 * Name of a backup image: `<vm id> dd-Mon HH.MM.SS` in the server's time zone, as the reference. Not unique across
 * years: whoever stores it must be ready to add something.
 */
export function backupName(vmId: number, date: Date, zone: string): string {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    day: "2-digit",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const parts = new Map(format.formatToParts(date).map((part) => [part.type, part.value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
  return `${vmId} ${part("day")}-${part("month")} ${part("hour")}.${part("minute")}.${part("second")}`;
}

function parseChainPart(text: string): { incrementId: number; backupId: string } {
  const [, increment = "", backupId = ""] = CHAIN_PART.exec(text) ?? [];
  if (backupId === "") throw refused(`"${text.slice(0, 80)}" is not <increment>:<backup>`);
  return { incrementId: Number(increment), backupId };
}

function checkPath(path: string): void {
  if (/[\u0000-\u001f\u007f]/.test(path)) throw refused("its path has control characters");
  const parts = path.slice(1).split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) throw refused("its path is not normalised");
}

function parseId(digits: string): number {
  const id = Number(digits);
  if (id > MAX_ID) throw refused(`${digits} is not an id`);
  return id;
}

function refused(reason: string): Error {
  return appError("INVALID_INPUT", { message: `Not a backup URL: ${reason}.` });
}
