/** prebackup_live and postbackup_live in INCREMENT_MODE SNAPSHOT; overlay.ts does the work with libvirt. */
import { attempt } from "../../../../lib/outcome";
import { type ActionInput, DriverError } from "../../../action";
import { parseBackupArguments } from "../arguments";
import { stageFulls } from "../full";
import { NoIncrement } from "../increment";
import { stageOverlays } from "../overlay/copy";
import { type Ground, readDisk, settle } from "../overlay/fold";
import { labelAfter } from "../overlay/postbackup";
import { parentLabel } from "../overlay/prebackup";
import { planSettle, stackOf } from "../overlay/stack";
import { rootsOf, type Space } from "../probe";
import type { Source } from "../source";
import { readVmDocument, type VmDocument } from "../vm-document";
import { beginLive, mergeLive, type OverlaidDisk, readOverlaid } from "./overlay";
import type { LiveVm } from "./recover";

export interface LiveSnapshotJob {
  ground: Ground;
  vm: LiveVm;
  document: VmDocument;
  /** Of this backup; null: the core does not say. */
  backupId: string | null;
  sources: readonly Source[];
  space: Space;
  /** Where the staged file of a disk goes. */
  targetOf(diskId: number): string;
}

/**
 * Stage the disks as they are at one instant.
 * @returns `untracked`: no overlay can record the changes before the VM was started again, and nothing was staged
 * @throws NoIncrement when an increment was asked for and is not possible
 */
export async function stageLiveSnapshots(job: LiveSnapshotJob): Promise<"staged" | "untracked"> {
  const { ground, vm, document, backupId, sources, space, targetOf } = job;
  const { machine, log, signal } = ground;
  const isFull = document.parentId < 0;
  const found = await readOverlaid(ground, vm, sources);
  if (found === null && isFull) return "untracked";
  if (found === null) {
    throw new NoIncrement("the guest does not write to overlays that record its changes");
  }
  const disks: OverlaidDisk[] = [];
  const parent = parentLabel(document);
  for (const disk of found) {
    const merge = (...[stack, each]: [OverlaidDisk["stack"], Parameters<typeof mergeLive>[4]]) =>
      mergeLive(ground, vm, disk.target, stack, each);
    // No increment will ask for what lies below the newest.
    if (isFull) for (const each of planSettle(disk.stack, 0, true)) await merge(disk.stack, each);
    else await settle(ground, disk.source, parent, merge, true);
    const source = await readDisk(ground, disk.source.diskId);
    const stack = stackOf(source);
    if (stack === null) throw new DriverError(`Disk ${source.diskId} has lost its overlays meanwhile.`);
    disks.push({ ...disk, source, stack });
  }
  const label = { incrementId: document.parentId + 1, backupId };
  const frozenMs = await beginLive(ground, vm, disks, label, document.fsFreeze);
  if (frozenMs !== null) log.frozen(frozenMs);
  // As they were when the new overlays were begun: nobody writes to these layers now.
  const frozen = disks.map(({ source }) => source);
  if (isFull) await stageFulls({ machine, sources: frozen, space, targetOf, log, signal });
  else await stageOverlays({ ground, sources: frozen, parent, space, targetOf });
  return "staged";
}

/** After a stored backup: what its new overlays lie on goes into the disks, while the guest runs. */
export async function settleAfterLive({ argv, xml, log, signal }: ActionInput, vm: LiveVm): Promise<void> {
  if (xml === "") return;
  const document = readVmDocument(xml);
  const { machine, vmDir, backupId, ...args } = parseBackupArguments(argv);
  const label = document.isSnapshotMode ? labelAfter(xml, backupId) : null;
  // After a failure the next backup copies a layer more: the guest writes to the one that was begun.
  if (label === null || label.incrementId === document.parentId) return;
  const ground = { machine, vmDir, roots: await rootsOf(machine, vmDir, signal), log, signal };
  const diskIds = args.diskIds.filter((id) => document.disks.get(id)?.format === "qcow2");
  const sources: Source[] = [];
  for (const diskId of diskIds) sources.push(await readDisk(ground, diskId));
  const disks = sources.every((source) => stackOf(source) !== null) ? await readOverlaid(ground, vm, sources) : null;
  const failed: string[] = [];
  for (const { source, target } of disks ?? []) {
    const settled = await attempt(() =>
      settle(ground, source, label, (stack, merge) => mergeLive(ground, vm, target, stack, merge), true),
    );
    if (!settled.ok && !(settled.error instanceof NoIncrement)) failed.push(String(settled.error));
  }
  if (failed.length > 0) throw new DriverError(failed.join(" "));
}
