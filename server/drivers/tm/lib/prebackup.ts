/**
 * prebackup of a powered-off VM: `<vm_dir>/backup` with vm.xml and one `disk.<id>.<increment>` per disk.
 *
 * It can be repeated after any interruption. Disk contents are only read; the bitmaps are changed last, when all copies
 * are on stable storage, and the parent's bitmap and mark always stay, so a repeated increment copies a superset. See
 * docs/drivers.md for the interface.
 */
import { reasonOf } from "../../../domain/errors";
import { attempt } from "../../../lib/outcome";
import { type ActionInput, DriverError, type DriverLog } from "../../action";
import { type BackupArguments, parseBackupArguments } from "./arguments";
import { listBitmaps, type Rotation, rotateBitmaps } from "./bitmap";
import { stageFulls } from "./full";
import { NoIncrement, stageIncrements } from "./increment";
import { foldSources, type Recorder, requireOwnDomain, stageSnapshotMode } from "./overlay/prebackup";
import { type Prepared, prepareStaging } from "./probe";
import { type DiskFormat, resolveSource, type Source } from "./source";
import { removeStaging, sealStaging } from "./staging";
import { bitmapName, isOurBitmap, markName, readVmDocument, type VmDocument } from "./vm-document";

/** Characters in a line of vm.xml, as the reference writes its base64. */
const BASE64_LINE = 60;

export async function preBackup({ argv, xml, signal, log }: ActionInput): Promise<string> {
  const args = parseBackupArguments(argv);
  const document = readVmDocument(xml);
  if (document.vmId !== args.vmId)
    throw new DriverError(`The document is of VM ${document.vmId}, not of ${args.vmId}.`);
  if (document.isSnapshotMode) requireOwnDomain(argv[2], args.vmId);
  const formats = args.diskIds.map((id) => formatOf(document, id));
  const staged = await attempt(() => stage(args, document, formats, xml, log, signal));
  if (staged.ok) return "";

  const cleaned = await attempt(() => removeStaging(args.machine, args.vmDir));
  if (!cleaned.ok) log.warn(`The staging folder could not be removed: ${reasonOf(cleaned.error)}`);
  if (!(staged.error instanceof NoIncrement)) throw staged.error;
  log.chainReset(staged.error.message);
  throw new DriverError(`No increment is possible: ${staged.error.message}. Take a full backup in a new chain.`);
}

async function stage(
  args: BackupArguments,
  document: VmDocument,
  formats: readonly DiskFormat[],
  xml: string,
  log: DriverLog,
  signal: AbortSignal,
): Promise<void> {
  const { machine, vmDir, diskIds } = args;
  const paths = diskIds.map((id) => `${vmDir}/disk.${id}`);
  const prepared = await prepareStaging(machine, vmDir, wrapBase64(xml), paths, signal);
  const found: Source[] = [];
  for (const [index, file] of prepared.files.entries()) {
    const [id, format] = [diskIds[index] ?? 0, formats[index] ?? "raw"];
    found.push(await resolveSource(machine, id, format, file, prepared.roots, signal));
  }
  const ground = { machine, vmDir, roots: prepared.roots, log, signal };
  // No increment will ask for what the overlays have recorded so far.
  const sources = document.parentId < 0 ? await foldSources(ground, found) : found;

  const incrementId = document.parentId + 1;
  const fileOf = (diskId: number) => `disk.${diskId}.${incrementId}`;
  const job = {
    args,
    document,
    sources,
    prepared,
    log,
    signal,
    targetOf: (id: number) => `${vmDir}/backup/${fileOf(id)}`,
  };
  const recorder = document.isSnapshotMode
    ? await stageSnapshotMode({ ...job, ...args, ground, space: prepared.space })
    : await stageWithBitmaps(job);
  const sizes = await sealStaging(
    machine,
    vmDir,
    sources.map((source) => fileOf(source.diskId)),
    signal,
  );
  await recorder.begin();

  for (const [index, { diskId, virtualSize }] of sources.entries()) {
    const bitmap = recorder.bitmapOf(diskId);
    log.disk({ id: diskId, virtualSize, file: fileOf(diskId), bytes: sizes[index] ?? 0, bitmap });
  }
}

async function stageWithBitmaps(job: Job): Promise<Recorder> {
  const rotations = job.document.parentId < 0 ? await full(job) : await increment(job);
  return {
    begin: () => rotateBitmaps(job.args.machine, rotations, job.signal),
    bitmapOf: (diskId) => rotations.find((rotation) => rotation.source.diskId === diskId)?.add ?? null,
  };
}

interface Job {
  args: BackupArguments;
  document: VmDocument;
  sources: readonly Source[];
  prepared: Prepared;
  targetOf(diskId: number): string;
  log: DriverLog;
  signal: AbortSignal;
}

async function full(job: Job): Promise<Rotation[]> {
  const { args, document, sources, prepared, targetOf, log, signal } = job;
  const { machine, vmId } = args;
  await stageFulls({ machine, sources, space: prepared.space, targetOf, log, signal });
  if (document.mode === "FULL") return [];

  const tracked = sources.filter((source) => source.canHaveBitmaps);
  for (const source of sources.filter((each) => !each.canHaveBitmaps)) {
    log.warn(
      `Disk ${source.diskId} cannot record changes (raw or qcow2 version 2): the next backup will be a full one.`,
    );
  }
  const names = await listBitmaps(machine, tracked, signal);
  return tracked.map((source, index) => {
    const found = names[index] ?? [];
    reportForeign(source.diskId, found, vmId, log);
    return { source, remove: found.filter((name) => isOurBitmap(name, vmId)), ...startOf(args, 0) };
  });
}

async function increment({ args, document, sources, prepared, targetOf, log, signal }: Job): Promise<Rotation[]> {
  const { machine, vmId } = args;
  const { parentId, parentBackupId } = document;
  const parent = bitmapName(vmId, parentId);
  const parentMark = parentBackupId === null ? null : markName(vmId, parentId, parentBackupId);
  const isOfParent = (name: string) =>
    name === parent || (parentMark === null ? name.startsWith(`${parent}.`) : name === parentMark);
  const untracked = sources.find((source) => !source.canHaveBitmaps);
  if (untracked !== undefined) {
    throw new NoIncrement(`disk ${untracked.diskId} cannot record changes (raw or qcow2 version 2)`);
  }
  const names = await stageIncrements({
    machine,
    sources,
    bitmap: parent,
    mark: parentMark,
    space: prepared.space,
    targetOf,
    log,
    signal,
  });
  return sources.map((source, index) => {
    const found = names[index] ?? [];
    reportForeign(source.diskId, found, vmId, log);
    const remove = found.filter((name) => isOurBitmap(name, vmId) && !isOfParent(name));
    return { source, remove, ...startOf(args, parentId + 1) };
  });
}

/** Bitmap and mark of this backup. */
function startOf({ vmId, backupId }: BackupArguments, incrementId: number): Pick<Rotation, "add" | "mark"> {
  return {
    add: bitmapName(vmId, incrementId),
    mark: backupId === null ? null : markName(vmId, incrementId, backupId),
  };
}

function reportForeign(diskId: number, names: readonly string[], vmId: number, log: DriverLog): void {
  const foreign = names.filter((name) => !isOurBitmap(name, vmId));
  if (foreign.length > 0) log.info(`Disk ${diskId} has bitmaps of another program, left alone: ${foreign.join(", ")}`);
}

/** Throws DriverError when the disk is none that this driver can copy. */
export function formatOf(document: VmDocument, diskId: number): DiskFormat {
  const disk = document.disks.get(diskId);
  if (disk === undefined) throw new DriverError(`The VM document has no disk ${diskId}.`);
  if (disk.type === "BLOCK")
    throw new DriverError(`Disk ${diskId} is a block device: this driver backs up disk files.`);
  if (disk.format !== "qcow2" && disk.format !== "raw") {
    throw new DriverError(`Disk ${diskId} has the format "${disk.format}": only qcow2 and raw can be backed up.`);
  }
  return disk.format;
}

/** `vm.xml` of a backup, as the reference writes it. */
export function wrapBase64(text: string): string {
  const encoded = Buffer.from(text, "utf8").toString("base64");
  return (encoded.match(new RegExp(`.{1,${BASE64_LINE}}`, "g")) ?? []).map((line) => `${line}\n`).join("");
}
