import { z } from "zod";
import { toJson } from "../../db/json";
import type { Tx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import { afterDiskRevert } from "../../domain/chain-rules";
import {
  addDiskSnapshot,
  type DiskSnapshots,
  removeDiskSnapshot,
  revertDiskSnapshot,
  snapshotsOfDisk,
  withDiskSnapshots,
} from "../../domain/disk-snapshots";
import { appError } from "../../domain/errors";
import { type Template, vectors, withValues } from "../../domain/template";
import { CreateDiskSnapshot, DiskSnapshotRef } from "../../domain/vm-devices";
import { readDisks } from "../../domain/vm-disks";
import { enqueue } from "../action/enqueue";
import type { ActionHandler, Run } from "../action/handler";
import { type Ctx, inTx } from "../context";
import { transitionVm } from "../transition";
import { chainWarning } from "./attach";
import { callTm, diskPlace, endOperation, readForOperation, readSite, requireDisk, requireState } from "./operation";
import type { ParsedVm } from "./rows";

const Input = z.object({
  vmId: z.number().int(),
  diskId: z.number().int(),
  snapshotId: z.number().int(),
  name: z.string(),
});
type Input = z.infer<typeof Input>;

/**
 * Take a snapshot of one disk, running or powered off. Refused with MODE=INCREMENT, even when no backup was ever taken:
 * snapshots and dirty bitmaps break each other (drivers-and-core §3.3).
 */
export async function requestDiskSnapshot(ctx: Ctx, raw: CreateDiskSnapshot): Promise<{ actionId: number }> {
  const input = CreateDiskSnapshot.parse(raw);
  return await inTx(ctx, async (tx) => {
    const vm = await readForOperation(tx, ctx, "disk-snapshot", input.vmId);
    requireDisk(vm, input.diskId);
    if (vm.backupConfig.mode === "INCREMENT") {
      throw appError("SNAPSHOT_WITH_INCREMENTS", { operation: "disk-snapshot-create" });
    }
    requireState(vm, "disk-snapshot.create", `Could not create a new snapshot for VM ${vm.id}`);
    const disk = readDisks(vm.template).find((each) => each.diskId === input.diskId);
    if (disk === undefined || disk.type === "CDROM" || disk.format !== "qcow2") {
      throw appError("DISK_REFUSED", {
        message: `Disk ${input.diskId} is not qcow2: only qcow2 disks have snapshots.`,
      });
    }
    // The id is spent now, also when the snapshot fails: what a failed one left behind is never taken for another.
    const tree = snapshotsOfDisk(vm.diskSnapshots, input.diskId);
    const snapshotId = tree.nextId;
    const diskSnapshots = withDiskSnapshots(vm.diskSnapshots, { ...tree, nextId: snapshotId + 1 });
    await transitionVm(tx, vm, "disk-snapshot.create", { diskSnapshots: diskSnapshots.map(toJson) });
    const name = input.name || `snapshot ${snapshotId}`;
    return await queue(tx, ctx, "disk-snapshot-create", vm, { vmId: vm.id, diskId: input.diskId, snapshotId, name });
  });
}

/** Put a disk of a powered-off VM back to a snapshot. Not kept from a VM in MODE=INCREMENT; it closes its chain. */
export async function requestDiskRevert(ctx: Ctx, raw: DiskSnapshotRef): Promise<{ actionId: number }> {
  return await onSnapshot(ctx, raw, "revert", (vmId) => `Could not revert to disk snapshot for VM ${vmId}`);
}

/** Delete one snapshot of a disk; the disk and the other snapshots stay as they are. */
export async function requestDiskSnapshotDelete(ctx: Ctx, raw: DiskSnapshotRef): Promise<{ actionId: number }> {
  return await onSnapshot(ctx, raw, "delete", (vmId) => `Could not delete disk snapshot from VM ${vmId}`);
}

async function onSnapshot(
  ctx: Ctx,
  raw: DiskSnapshotRef,
  verb: "revert" | "delete",
  what: (vmId: number) => string,
): Promise<{ actionId: number }> {
  const { vmId, diskId, snapshotId } = DiskSnapshotRef.parse(raw);
  return await inTx(ctx, async (tx) => {
    const vm = await readForOperation(tx, ctx, "disk-snapshot", vmId);
    requireDisk(vm, diskId);
    const { name } = requireSnapshot(snapshotsOfDisk(vm.diskSnapshots, diskId), snapshotId);
    requireState(vm, `disk-snapshot.${verb}`, what(vmId));
    await transitionVm(tx, vm, `disk-snapshot.${verb}`);
    return await queue(tx, ctx, `disk-snapshot-${verb}`, vm, { vmId, diskId, snapshotId, name });
  });
}

function requireSnapshot(disk: DiskSnapshots, snapshotId: number) {
  const snapshot = disk.snapshots.find((each) => each.id === snapshotId);
  if (snapshot === undefined) throw appError("SNAPSHOT_NOT_FOUND", { snapshotId, of: `Disk ${disk.diskId}` });
  return snapshot;
}

async function queue(tx: Tx, ctx: Ctx, kind: ActionKind, vm: ParsedVm, input: Input): Promise<{ actionId: number }> {
  const actionId = await enqueue(tx, {
    kind,
    actor: ctx.actor,
    input,
    vmId: vm.id,
    vmName: vm.name,
    hostId: vm.hostId,
  });
  return { actionId };
}

export const diskSnapshotCreateHandler: ActionHandler<null> = {
  async work(run) {
    return await step(run, "snap_create");
  },
  async cleanUp(run, worked) {
    if (!worked.ok) await step(run, "snap_delete", true);
  },
  async record(tx, run, worked) {
    const { vmId, diskId, snapshotId, name } = Input.parse(run.action.input);
    await endOperation(tx, vmId, (vm) => {
      if (!worked.ok) return {};
      const sizeMb = readDisks(vm.template).find((disk) => disk.diskId === diskId)?.sizeMb ?? 0;
      const at = run.core.clock.now();
      const tree = addDiskSnapshot(snapshotsOfDisk(vm.diskSnapshots, diskId), { id: snapshotId, name, at, sizeMb });
      return withTree(vm, tree);
    });
    return {};
  },
};

export const diskSnapshotRevertHandler: ActionHandler<null> = {
  async work(run) {
    return await step(run, "snap_revert");
  },
  async cleanUp() {
    // Before or after: nothing else is made.
  },
  async record(tx, run, worked) {
    const { vmId, diskId, snapshotId, name } = Input.parse(run.action.input);
    let closes: string | null = null;
    await endOperation(tx, vmId, (vm) => {
      // Also after a failure: the disk's records of changes may be gone already.
      const backupConfig = afterDiskRevert(vm.backupConfig, diskId, name);
      if (backupConfig.incrementalBackupId !== vm.backupConfig.incrementalBackupId) closes = backupConfig.closedReason;
      if (!worked.ok) return { backupConfig };
      const tree = revertDiskSnapshot(snapshotsOfDisk(vm.diskSnapshots, diskId), snapshotId);
      return { ...withTree(vm, tree), backupConfig };
    });
    return { warnings: chainWarning(closes) };
  },
};

export const diskSnapshotDeleteHandler: ActionHandler<null> = {
  async work(run) {
    return await step(run, "snap_delete");
  },
  async cleanUp() {
    // A snapshot that could not be deleted is still listed and can be deleted again.
  },
  async record(tx, run, worked) {
    const { vmId, diskId, snapshotId } = Input.parse(run.action.input);
    await endOperation(tx, vmId, (vm) =>
      worked.ok ? withTree(vm, removeDiskSnapshot(snapshotsOfDisk(vm.diskSnapshots, diskId), snapshotId)) : {},
    );
    return {};
  },
};

async function step(run: Run, action: "snap_create" | "snap_delete" | "snap_revert", isCleanUp = false): Promise<null> {
  const { vmId, diskId, snapshotId } = Input.parse(run.action.input);
  if (!isCleanUp) await run.progress.phase(action === "snap_delete" ? "deleting" : "preparing");
  return await run.step(action, async () => {
    const site = await readSite(run.core.db, vmId);
    const place = [diskPlace(site, diskId), String(snapshotId), String(vmId), String(site.systemId)];
    const [, , uri] = site.hypervisor;
    await callTm(run, site, {
      action: site.isLive ? `${action}_live` : action,
      argv: site.isLive ? [...place, site.vm.deployId, uri] : place,
      isCleanUp,
    });
    return null;
  });
}

/** The row's columns with the tree of one disk: the tree itself, and its size in the DISK, which blocks increments. */
function withTree(vm: ParsedVm, tree: DiskSnapshots) {
  const diskSnapshots = withDiskSnapshots(vm.diskSnapshots, tree);
  return { diskSnapshots: diskSnapshots.map(toJson), template: withSnapshotSize(vm.template, tree) };
}

function withSnapshotSize(template: Template, tree: DiskSnapshots): Template {
  const totalMb = tree.snapshots.reduce((sum, snapshot) => sum + Math.max(1, snapshot.sizeMb), 0);
  const disks = vectors(template, "DISK").map((disk) => {
    if (disk["DISK_ID"] !== String(tree.diskId)) return disk;
    const { DISK_SNAPSHOT_TOTAL_SIZE: _old, ...rest } = disk;
    return totalMb === 0 ? rest : { ...rest, DISK_SNAPSHOT_TOTAL_SIZE: String(totalMb) };
  });
  return withValues(template, "DISK", disks);
}
