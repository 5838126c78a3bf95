/**
 * restore of a powered-off VM, in place: every disk is written beside the one it replaces and looked at; then all are
 * swapped. Until then nothing of the VM is touched; after that there is no way back but another restore. See scripts.ts
 * for what a crash in between leaves.
 */

import { reasonOf } from "../../../domain/errors";
import { parseQcow2Header, unsafeReason } from "../../../domain/qcow2-header";
import { attempt } from "../../../lib/outcome";
import { type ActionInput, DriverError, throwIfCancelled } from "../../action";
import { CLEANUP_MS, LONG_WORK_MS } from "../../remote";
import { onHost, onHostGuarded } from "../lib/host";
import { foldOverlays } from "../lib/overlay/fold";
import { probeFiles } from "../lib/probe";
import type { DiskFormat } from "../lib/source";
import { requireSpace } from "../lib/space";
import { parseRestoreArguments, parseUrls, type RestoreArguments, readRestoreDocument } from "./arguments";
import { fetchDisk, listUrls } from "./fetch";
import { PREPARE_SCRIPT, SETTLE_SCRIPT, SWAP_SCRIPT } from "./scripts";

/** qemu-img check reads the metadata only; of the largest disks that is some GiB. */
const CHECK_SCRIPT = `qemu-img check -q -f qcow2 -- "$1" >&2`;

interface Target {
  diskId: number;
  url: string;
  format: DiskFormat;
  /** Where the disk really is. */
  path: string;
  /** Of its file system. */
  device: string;
  available: number;
}

/** `restore`: nothing on stdout; one `disk` line a disk on stderr. */
export async function restoreDisks({ argv, xml, signal, log }: ActionInput): Promise<string> {
  const args = parseRestoreArguments(argv);
  const document = readRestoreDocument(xml, args);
  const urls =
    document.urls ?? parseUrls(await listUrls(document.root.text("DATASTORE/DS_MAD"), args.incrementId, xml, signal));
  const wanted = chooseDisks(args, urls, document.formats);
  const diskIds = wanted.map((disk) => disk.diskId);
  // An overlay would lie on a disk that it does not belong to. Off, so that it stays in the disk when the restore fails.
  await foldOverlays({ machine: args.machine, vmDir: args.vmDir, log, signal }, diskIds);
  const targets = await prepare(args, document.restoreId, wanted, signal);
  if (targets === null) {
    log.info("This restore has been carried out already; nothing is copied");
    return "";
  }
  checkSpace(args, targets, document.sizes);
  try {
    for (const target of targets) {
      await fetchDisk({
        ...target,
        machine: args.machine,
        destination: `${target.path}.strata-new`,
        xml,
        workDir: document.workDir,
        signal,
        onProgress: (done, total) => log.progressDisk(target.diskId, done, total),
        onLog: (level, text) => log.info(`${level === "INFO" ? "" : `${level}: `}${text}`),
      });
      const virtualSize = await checkDisk(args, target, signal);
      log.disk({ id: target.diskId, virtualSize, file: target.path, bytes: virtualSize, bitmap: null });
    }
    throwIfCancelled(signal);
    // No signal from here on: it takes a moment, and half of it is worse than all of it.
    log.info(`All disks are complete; replacing disk ${targets.map((target) => target.diskId).join(", ")}`);
    const words = [args.vmDir, document.restoreId, ...targets.map((target) => String(target.diskId))];
    await onHost(args.machine, "replace the disks", SWAP_SCRIPT, words, { timeoutMs: LONG_WORK_MS });
  } catch (error) {
    const settled = await attempt(() => settle(args, document.restoreId, diskIds));
    if (settled.ok && settled.value === "restored") return "";
    if (!settled.ok) log.warn(`What the restore has made could not be removed: ${reasonOf(settled.error)}`);
    throw error;
  }
  return "";
}

/** `postrestore`: `restored` when the disks of this restore are in use, else it takes everything back: `unchanged`. */
export async function postRestore({ argv, xml }: ActionInput): Promise<string> {
  const args = parseRestoreArguments(argv);
  const document = readRestoreDocument(xml, args);
  const diskIds = args.diskId === null ? [...document.formats.keys()] : [args.diskId];
  return await settle(args, document.restoreId, diskIds);
}

async function settle(args: RestoreArguments, restoreId: string, diskIds: readonly number[]): Promise<string> {
  const words = [args.vmDir, restoreId, ...diskIds.map(String)];
  const output = await onHost(args.machine, "put the disks back", SETTLE_SCRIPT, words, { timeoutMs: CLEANUP_MS });
  return output.trim();
}

/** The state of a TPM (key `tpm`) is not a disk; a disk that the VM no longer has has no place. */
function chooseDisks(
  args: RestoreArguments,
  urls: Readonly<Record<string, string>>,
  formats: ReadonlyMap<number, DiskFormat>,
): Pick<Target, "diskId" | "url" | "format">[] {
  const wanted = Object.entries(urls).flatMap(([id, url]) => {
    const diskId = Number(id);
    const format = formats.get(diskId);
    const isWanted = id !== "tpm" && (args.diskId === null || args.diskId === diskId);
    return isWanted && format !== undefined ? [{ diskId, url, format }] : [];
  });
  if (args.diskId !== null && urls[String(args.diskId)] === undefined) {
    throw new DriverError(`Disk ${args.diskId} is not part of the backup.`);
  }
  if (wanted.length === 0) throw new DriverError("No disk of the backup is a disk file of the VM now.");
  return wanted.sort((a, b) => a.diskId - b.diskId);
}

/** Where the disks are. Null: this very restore has been carried out. */
async function prepare(
  args: RestoreArguments,
  restoreId: string,
  wanted: readonly Pick<Target, "diskId" | "url" | "format">[],
  signal: AbortSignal,
): Promise<Target[] | null> {
  const words = [args.vmDir, restoreId, ...wanted.map((disk) => String(disk.diskId))];
  const output = await onHost(args.machine, "find the disks of the VM", PREPARE_SCRIPT, words, {
    signal,
    maxOutputBytes: 64 * 1024 + wanted.length * 8 * 1024,
  });
  const [state, ...lines] = output.trim().split("\n");
  if (state === "restored") return null;
  return wanted.map((disk, index) => {
    const [encoded = "", device = "", available = ""] = (lines[index] ?? "").split(/\s+/);
    const bytes = Buffer.from(encoded, "base64");
    const path = bytes.toString("utf8").replace(/\0$/, "");
    if (state !== "ready" || path === "" || !/^\d+$/.test(available)) {
      throw new DriverError(`Unexpected answer about disk ${disk.diskId}.`);
    }
    if (!Buffer.from(`${path}\0`).equals(bytes)) {
      throw new DriverError(`Disk ${disk.diskId} has a path that is not valid UTF-8.`);
    }
    return { ...disk, path, device, available: Number(available) };
  });
}

/** Old and new are both there until the swap, so each file system must have room for all new disks on it. */
function checkSpace(args: RestoreArguments, targets: readonly Target[], sizes: Readonly<Record<string, number>>): void {
  for (const device of new Set(targets.map((target) => target.device))) {
    const here = targets.filter((target) => target.device === device);
    const bytes = here.reduce((sum, target) => sum + (sizes[String(target.diskId)] ?? 0), 0);
    const available = here[0]?.available ?? 0;
    requireSpace(bytes, { size: available, available }, `${args.machine.host}, where the disks are`, "restore");
  }
}

/** Virtual size in bytes of a new disk. Throws DriverError when it is not a whole, plain disk of its format. */
async function checkDisk(args: RestoreArguments, target: Target, signal: AbortSignal): Promise<number> {
  const file = `${target.path}.strata-new`;
  const [facts] = await probeFiles(args.machine, [file], signal);
  if (facts === undefined || facts.size === 0) throw new DriverError(`The restored disk ${target.diskId} is empty.`);
  if (target.format === "raw") return facts.size;
  const parsed = parseQcow2Header(facts.head);
  const problem = parsed.ok ? unsafeReason(parsed.header, false) : parsed.reason;
  if (!parsed.ok || problem !== null) {
    throw new DriverError(`The restored disk ${target.diskId} is not usable: ${problem ?? "unknown"}.`);
  }
  await onHostGuarded(args.machine, `check the restored disk ${target.diskId}`, CHECK_SCRIPT, [file], { signal });
  return parsed.header.virtualSize;
}
