/**
 * Pre-backup of a VM whose disks are in Ceph: a snapshot of every disk, taken together, and from it `<vm_dir>/backup`
 * with vm.xml and one `disk.<id>.<increment>` per disk. Running and powered-off VMs differ in the freeze only.
 *
 * It can be repeated after any interruption: snapshots of an earlier try go first, the parent's stays until post-backup
 * hears that this backup is stored. See docs/drivers.md for the interface.
 */
import { reasonOf } from "../../../../domain/errors";
import { attempt } from "../../../../lib/outcome";
import { type ActionInput, DriverError } from "../../../action";
import { parseHypervisor } from "../../../vmm/lib/arguments";
import { type BackupArguments, parseBackupArguments } from "../../lib/arguments";
import type { FreezeMethod } from "../../lib/freeze";
import { NoIncrement } from "../../lib/increment";
import { wrapBase64 } from "../../lib/prebackup";
import { prepareStaging } from "../../lib/probe";
import { removeStaging, sealStaging } from "../../lib/staging";
import { readVmDocument, type VmDocument } from "../../lib/vm-document";
import { stageDifferences, stageSnapshots } from "./copy";
import { chosenDisks, type RbdDisk } from "./disk";
import {
  createSnapshots,
  type Freeze,
  type ImageState,
  inspectImages,
  isOurSnapshot,
  markSnapshots,
  removeSnapshots,
  snapshotName,
} from "./snapshots";

/** prebackup and prebackup_live. */
export async function preBackup(input: ActionInput, isLive: boolean): Promise<string> {
  const args = parseBackupArguments(input.argv);
  const document = readVmDocument(input.xml);
  if (document.vmId !== args.vmId) {
    throw new DriverError(`The document is of VM ${document.vmId}, not of ${args.vmId}.`);
  }
  const disks = chosenDisks(input.xml, args.vmId, args.diskIds);
  const { uri } = parseHypervisor(args.machine.host, input.argv[7]);
  const freeze = { ...freezeOf(input, document.fsFreeze, disks.length, isLive), uri };
  const staged = await attempt(() => stage({ args, document, disks, freeze, ...input }));
  if (staged.ok) return "";

  const cleaned = await attempt(() => removeStaging(args.machine, args.vmDir));
  if (!cleaned.ok) input.log.warn(`The staging folder could not be removed: ${reasonOf(cleaned.error)}`);
  if (!(staged.error instanceof NoIncrement)) throw staged.error;
  input.log.chainReset(staged.error.message);
  throw new DriverError(`No increment is possible: ${staged.error.message}. Take a full backup in a new chain.`);
}

/** Snapshots of several disks are one point in time only while nobody writes. */
function freezeOf(
  { argv, log }: ActionInput,
  method: FreezeMethod,
  disks: number,
  isLive: boolean,
): Omit<Freeze, "uri"> {
  const domain = argv[2] ?? "";
  if (!isLive) return { method: "NONE", domain };
  if (!/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,255}$/.test(domain)) throw new DriverError("The deploy id is no domain name.");
  if (method !== "NONE" || disks < 2) return { method, domain };
  log.info("The guest is suspended while the snapshots are taken: its disks must be of one moment.");
  return { method: "SUSPEND", domain };
}

interface Job extends Pick<ActionInput, "xml" | "log" | "signal"> {
  args: BackupArguments;
  document: VmDocument;
  disks: readonly RbdDisk[];
  freeze: Freeze;
}

async function stage(job: Job): Promise<void> {
  const { args, document, disks, freeze, xml, log, signal } = job;
  const { machine, vmDir } = args;
  const before = await inspectImages(machine, vmDir, disks, signal);
  const prepared = await prepareStaging(machine, vmDir, wrapBase64(xml), [], signal);
  if (document.parentId >= 0) requireParent(before, document);
  const parent = document.parentId < 0 ? null : snapshotName(document.parentId);
  await removeSnapshots(
    machine,
    before.map(({ disk, snapshots }) => ({
      disk,
      names: snapshots.filter((name) => isOurSnapshot(name) && name !== parent),
    })),
  );

  const snapshot = snapshotName(document.mode === "FULL" ? null : document.parentId + 1);
  const drop = () =>
    removeSnapshots(
      machine,
      disks.map((disk) => ({ disk, names: [snapshot] })),
    );
  try {
    const frozenMs = await createSnapshots(machine, disks, snapshot, freeze, signal);
    if (freeze.method !== "NONE") log.frozen(frozenMs);
    if (document.mode === "INCREMENT") await markSnapshots(machine, disks, snapshot, args.backupId, signal);
    await copyAndSeal(job, snapshot, parent, prepared.space);
    if (document.mode === "FULL") await drop();
  } catch (error) {
    const dropped = await attempt(drop);
    if (!dropped.ok) log.warn(`A snapshot could not be removed: ${reasonOf(dropped.error)}`);
    throw error;
  }
}

async function copyAndSeal(
  { args, document, disks, log, signal }: Job,
  snapshot: string,
  parent: string | null,
  space: { size: number; available: number },
): Promise<void> {
  const { machine, vmDir } = args;
  // Again: a disk may have grown between the first look and the snapshot.
  const states = await inspectImages(machine, vmDir, disks, signal);
  const fileOf = (diskId: number) => `disk.${diskId}.${document.parentId + 1}`;
  const targetOf = (diskId: number) => `${vmDir}/backup/${fileOf(diskId)}`;
  const copy = { machine, disks: states, snapshot, space, targetOf, log, signal };
  await (parent === null ? stageSnapshots(copy) : stageDifferences(copy, parent));
  const files = disks.map((disk) => fileOf(disk.diskId));
  const sizes = await sealStaging(machine, vmDir, files, signal);
  for (const [index, { disk, virtualSize }] of states.entries()) {
    const bitmap = document.mode === "FULL" ? null : snapshot;
    log.disk({ id: disk.diskId, virtualSize, file: fileOf(disk.diskId), bytes: sizes[index] ?? 0, bitmap });
  }
}

/** Throws NoIncrement when a disk is not the one that the last backup has seen. */
function requireParent(states: readonly ImageState[], { parentId, parentBackupId }: VmDocument): void {
  const parent = snapshotName(parentId);
  for (const { disk, snapshots, marks } of states) {
    if (!snapshots.includes(parent)) throw new NoIncrement(`snapshot ${parent} of disk ${disk.diskId} is missing`);
    if (parentBackupId !== null && marks.get(parent) !== parentBackupId) {
      throw new NoIncrement(
        `disk ${disk.diskId} does not carry the mark of the last backup: it was replaced or restored from elsewhere`,
      );
    }
  }
}
