/**
 * prebackup_live: the disks of a running VM as they are at one instant, in `<vm_dir>/backup`, by one job of libvirt.
 *
 * A full is pulled: libvirt serves the instant over NBD while the guest goes on, and qemu-img reads it. An increment is
 * pushed: QEMU itself writes what the parent's bitmaps name. Neither puts a layer between the guest and its disk, so
 * there is nothing to merge back, and whatever goes wrong the guest's disks are what they were.
 *
 * Bitmaps and marks are those of the powered-off pre-backup (../prebackup.ts): the two take turns in a chain.
 */
import { randomBytes } from "node:crypto";
import { reasonOf } from "../../../../domain/errors";
import { attempt } from "../../../../lib/outcome";
import { type ActionInput, DriverError, type DriverLog, throwIfCancelled } from "../../../action";
import { parseDomain, parseHypervisor } from "../../../vmm/lib/arguments";
import { type BackupArguments, parseBackupArguments } from "../arguments";
import { fullBytes, stageWhole } from "../full";
import { NoIncrement } from "../increment";
import { requireOwnDomain } from "../overlay/prebackup";
import { formatOf, wrapBase64 } from "../prebackup";
import { type Prepared, prepareStaging } from "../probe";
import { DiskProgress } from "../progress";
import { resolveSource, type Source } from "../source";
import { requireSpace, reserveOf } from "../space";
import { removeStaging, sealStaging } from "../staging";
import { bitmapName, readVmDocument, type VmDocument } from "../vm-document";
import {
  dirtyBytes,
  dropBitmaps,
  markCommands,
  parentOf,
  prepareBitmaps,
  requireParent,
  trackedDisks,
} from "./bitmaps";
import { checkpoint, pullBackup, pushBackup } from "./documents";
import { type LiveDisk, type LiveDomain, readLiveDomain } from "./domain";
import { type LiveVm, recoverLive } from "./recover";
import { beginSession, type Report, type SessionRequest } from "./session";
import { stageLiveSnapshots } from "./snapshot-mode";

/** `<host>:<vm_dir> <disk ids ':'> <deploy_id> <job or -> <vm_id> <ds_id> [<backup id> [<libvirt URI>]]` */
export async function preBackupLive({ argv, xml, signal, log }: ActionInput): Promise<string> {
  const args = parseBackupArguments(argv);
  const document = readVmDocument(xml);
  if (document.vmId !== args.vmId)
    throw new DriverError(`The document is of VM ${document.vmId}, not of ${args.vmId}.`);
  if (document.isSnapshotMode) requireOwnDomain(argv[2], args.vmId);
  const vm = liveVmOf(argv, args);
  const staged = await attempt(async () => {
    await recover(vm, log);
    throwIfCancelled(signal);
    await stage({ args, document, vm, xml, log, signal });
  });
  const recovered = await attempt(() => recover(vm, log));
  if (staged.ok) {
    if (!recovered.ok) log.warn(`The host could not be cleaned up: ${reasonOf(recovered.error)}`);
    return "";
  }
  if (!recovered.ok) {
    // The first thing an operator must know: the guest may stand still.
    log.error(`The guest could not be put back, check it: ${reasonOf(recovered.error)}`);
  }
  const cleaned = await attempt(() => removeStaging(args.machine, args.vmDir));
  if (!cleaned.ok) log.warn(`The staging folder could not be removed: ${reasonOf(cleaned.error)}`);
  if (!(staged.error instanceof NoIncrement)) throw staged.error;
  log.chainReset(staged.error.message);
  throw new DriverError(`No increment is possible: ${staged.error.message}. Take a full backup in a new chain.`);
}

/** The domain that argv names; used by post-backup too. */
export function liveVmOf(argv: readonly string[], { machine, vmDir, vmId }: Omit<BackupArguments, "diskIds">): LiveVm {
  return { at: parseHypervisor(machine.host, argv[7]), domain: parseDomain(argv[2]), vmDir, vmId };
}

/** Undo what an earlier backup, or this one, has left; tell what that was. */
export async function recover(vm: LiveVm, log: DriverLog): Promise<void> {
  for (const line of await recoverLive(vm)) {
    log.warn(`The guest ${vm.domain} was ${line === "aborted" ? "freed from an unfinished backup" : line}.`);
  }
}

interface Job {
  args: BackupArguments;
  document: VmDocument;
  vm: LiveVm;
  xml: string;
  log: DriverLog;
  signal: AbortSignal;
}

async function stage(job: Job): Promise<void> {
  const { args, document, vm, xml, log, signal } = job;
  const { machine, vmDir, diskIds, vmId } = args;
  const formats = diskIds.map((id) => formatOf(document, id));
  const paths = diskIds.map((id) => `${vmDir}/disk.${id}`);
  const prepared = await prepareStaging(machine, vmDir, wrapBase64(xml), paths, signal);
  const sources: Source[] = [];
  for (const [index, file] of prepared.files.entries()) {
    const [id, format] = [diskIds[index] ?? 0, formats[index] ?? "raw"];
    sources.push(await resolveSource(machine, id, format, file, prepared.roots, signal));
  }
  const incrementId = document.parentId + 1;
  const files = diskIds.map((id) => fileOf(id, incrementId));
  if (document.isSnapshotMode) {
    const ground = { machine, vmDir, roots: prepared.roots, log, signal };
    const targetOf = (id: number) => `${vmDir}/backup/${fileOf(id, incrementId)}`;
    const staging = { ground, vm, document, backupId: args.backupId, sources, space: prepared.space, targetOf };
    if ((await stageLiveSnapshots(staging)) === "staged") {
      const sizes = await sealStaging(machine, vmDir, files, signal);
      for (const [index, { diskId, virtualSize }] of sources.entries()) {
        log.disk({ id: diskId, virtualSize, file: files[index] ?? "", bytes: sizes[index] ?? 0, bitmap: null });
      }
      return;
    }
    log.warn("Changes cannot be recorded before the VM is powered off and on: the next backup will be a full one.");
  }
  const domain = await readLiveDomain(vm.at, vm.domain, vmDir, sources, signal);
  const tracked = await attempt(() =>
    document.parentId < 0 ? full(job, prepared, domain) : increment(job, prepared, domain),
  );
  if (!tracked.ok) {
    if (!(tracked.error instanceof NoIncrement)) await dropNew(job, sources, incrementId);
    throw tracked.error;
  }
  const sealed = await attempt(() => sealStaging(machine, vmDir, files, signal));
  if (!sealed.ok) {
    await dropNew(job, sources, incrementId);
    throw sealed.error;
  }
  for (const [index, { diskId, virtualSize }] of sources.entries()) {
    const bitmap = tracked.value.some(({ source }) => source.diskId === diskId) ? bitmapName(vmId, incrementId) : null;
    log.disk({ id: diskId, virtualSize, file: fileOf(diskId, incrementId), bytes: sealed.value[index] ?? 0, bitmap });
  }
}

function fileOf(diskId: number, incrementId: number): string {
  return `disk.${diskId}.${incrementId}`;
}

/** @returns the disks whose changes are recorded from now on */
async function full(job: Job, prepared: Prepared, domain: LiveDomain): Promise<LiveDisk[]> {
  const { args, document, vm, log, signal } = job;
  const { machine, vmDir, vmId } = args;
  const { disks } = domain;
  const sources = disks.map(({ source }) => source);
  requireSpace(
    sources.reduce((sum, source) => sum + fullBytes(source), 0),
    prepared.space,
    machine.host,
  );
  const isTracked = document.mode === "INCREMENT" && !document.isSnapshotMode;
  const tracked = isTracked ? trackedDisks(disks, log) : [];
  if (isTracked) await prepareBitmaps(vm.at, vm.domain, vmId, domain, null, log, signal);

  const token = newToken();
  const socketDir = `/tmp/strata-${token}`;
  const scratch = disks.map(({ source, target }) => ({
    target,
    file: `${vmDir}/backup.live/scratch.${source.diskId}.${token}`,
    bytes: source.virtualSize,
  }));
  const progress = new DiskProgress(
    log,
    sources.map((source) => [source.diskId, source.allocated]),
  );
  const session = await begin(job, prepared, {
    token,
    socketDir,
    backup: pullBackup(`${socketDir}/nbd`, scratch),
    checkpoint: checkpointOf(vmId, 0, tracked),
    files: scratch.map(({ file, bytes }) => ({ name: file, bytes, finalName: file })),
    commands: markCommands(tracked, vmId, 0, args.backupId),
    onProgress: () => undefined,
  });
  const copying = new AbortController();
  const copy = async (): Promise<void> => {
    for (const disk of disks) {
      const stop = AbortSignal.any([signal, copying.signal]);
      const { diskId, allocated } = disk.source;
      const name = nbdName(`${socketDir}/nbd`, disk.target);
      await stageWhole(
        machine,
        { diskId, name, bytes: allocated },
        `${vmDir}/backup/${fileOf(diskId, 0)}`,
        progress,
        stop,
      );
    }
    session.stop();
  };
  // When the job fails first, its reason is the one to tell, not that of the copy which lost its source.
  const copied = copy();
  copied.catch(() => undefined);
  try {
    await Promise.race([copied.then(() => session.ended), session.ended]);
  } catch (error) {
    copying.abort();
    await attempt(() => copied);
    throw error;
  }
  return tracked;
}

async function increment(job: Job, prepared: Prepared, domain: LiveDomain): Promise<LiveDisk[]> {
  const { args, document, vm, log, signal } = job;
  const { machine, vmDir, vmId } = args;
  const { disks } = domain;
  const incrementId = document.parentId + 1;
  const untracked = disks.find(({ source }) => !source.canHaveBitmaps);
  if (untracked !== undefined) {
    throw new NoIncrement(`disk ${untracked.source.diskId} cannot record changes (raw or qcow2 version 2)`);
  }
  const parent = parentOf(vmId, document.parentId, document.parentBackupId);
  requireParent(disks, parent);
  const dirty = dirtyBytes(disks, parent.bitmap);
  requireSpace(
    dirty.reduce((sum, bytes) => sum + Math.ceil(bytes * 1.1) + 4 * 1024 * 1024, 0),
    prepared.space,
    machine.host,
  );
  await prepareBitmaps(vm.at, vm.domain, vmId, domain, parent, log, signal);

  // The token is in the name of what is not complete; the job is told from other programs' jobs by it.
  const token = newToken();
  const targets = disks.map(({ source, target }) => ({
    target,
    diskId: source.diskId,
    file: `${vmDir}/backup/.disk.${source.diskId}.${token}`,
    bytes: source.virtualSize,
  }));
  const total = dirty.reduce((sum, bytes) => sum + bytes, 0);
  log.progress(0, total);
  const session = await begin(job, prepared, {
    token,
    socketDir: null,
    backup: pushBackup(parent.bitmap, targets),
    checkpoint: checkpointOf(vmId, incrementId, disks),
    files: targets.map(({ file, bytes, diskId }) => ({
      name: file,
      bytes,
      finalName: `${vmDir}/backup/${fileOf(diskId, incrementId)}`,
    })),
    commands: markCommands(disks, vmId, incrementId, args.backupId),
    // libvirt counts all disks together.
    onProgress: ({ doneBytes, totalBytes }) => {
      if (totalBytes > 0) log.progress(Math.min(doneBytes, totalBytes), Math.max(totalBytes, total));
    },
  });
  await session.ended;
  log.progress(total, total);
  return disks;
}

interface Beginning {
  token: string;
  socketDir: string | null;
  backup: string;
  checkpoint: string | null;
  files: SessionRequest["files"];
  commands: readonly string[];
  onProgress(report: Report): void;
}

/** Begin the job; the time the guest stood still goes into the log. Space and guest are watched from then on. */
async function begin({ document, vm, log, signal }: Job, prepared: Prepared, { onProgress, ...beginning }: Beginning) {
  // Half of what must stay free: guests and other backups use some of it without anything being wrong.
  const floor = reserveOf(prepared.space) / 2;
  const onReport = (report: Report) => {
    if (report.state === "paused" && report.reason === "I/O error") {
      throw new DriverError(
        `The guest ${vm.domain} was stopped because the disk of its host is full. It was let go on, and the backup given up.`,
      );
    }
    if (report.availableBytes < floor) {
      throw new DriverError(
        `The disk of ${vm.at.machine.host} is almost full: the backup was given up before the guest would notice. Free space there.`,
      );
    }
    onProgress(report);
  };
  const session = await beginSession({ vm, freeze: document.fsFreeze, signal, onReport, ...beginning });
  if (session.frozenMs !== null) log.frozen(session.frozenMs);
  return session;
}

function checkpointOf(vmId: number, incrementId: number, disks: readonly LiveDisk[]): string | null {
  if (disks.length === 0) return null;
  const targets = disks.map(({ target }) => target);
  return checkpoint(bitmapName(vmId, incrementId), targets, false);
}

function newToken(): string {
  return randomBytes(12).toString("hex");
}

/** After a failure: remove what the failed backup began to record. The parent's stays. */
async function dropNew({ args, vm, log }: Job, sources: readonly Source[], incrementId: number) {
  const dropped = await attempt(async () => {
    await recover(vm, log);
    const now = await readLiveDomain(vm.at, vm.domain, vm.vmDir, sources, new AbortController().signal);
    const isNew = (name: string) =>
      name === bitmapName(vm.vmId, incrementId) || name.startsWith(`${bitmapName(vm.vmId, incrementId)}.`);
    const devices = now.devices.map((each) => ({ ...each, bitmaps: each.bitmaps.filter(({ name }) => isNew(name)) }));
    await dropBitmaps(vm.at, vm.domain, args.vmId, devices, new AbortController().signal);
  });
  if (!dropped.ok) log.debug(`Bitmaps of the failed backup stay until the next one: ${reasonOf(dropped.error)}`);
}

/** What libvirt serves, as a name for qemu-img. */
function nbdName(socket: string, target: string): string {
  const file = { driver: "nbd", server: { type: "unix", path: socket }, export: target };
  return `json:${JSON.stringify({ driver: "raw", file })}`;
}
