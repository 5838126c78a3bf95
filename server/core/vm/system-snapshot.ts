import { z } from "zod";
import type { Tx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import { afterSystemRevert } from "../../domain/chain-rules";
import { appError } from "../../domain/errors";
import { systemSnapshots, withoutSystemSnapshot, withSystemSnapshot } from "../../domain/system-snapshots";
import { CreateSystemSnapshot, SystemSnapshotRef } from "../../domain/vm-devices";
import { readDisks } from "../../domain/vm-disks";
import { enqueue } from "../action/enqueue";
import type { ActionHandler, Run } from "../action/handler";
import { type Ctx, inTx } from "../context";
import { transitionVm } from "../transition";
import { chainWarning } from "./attach";
import { callVmm, endOperation, readForOperation, readSite, requireState } from "./operation";
import type { ParsedVm } from "./rows";

const Input = z.object({
  vmId: z.number().int(),
  snapshotId: z.number().int(),
  /** What the hypervisor calls it; null: it does not exist yet. */
  hypervisorId: z.string().nullable(),
  name: z.string(),
});
type Input = z.infer<typeof Input>;

/** Snapshot of a running VM, memory included. Refused with MODE=INCREMENT (drivers-and-core §3.3). */
export async function requestSystemSnapshot(ctx: Ctx, raw: CreateSystemSnapshot): Promise<{ actionId: number }> {
  const input = CreateSystemSnapshot.parse(raw);
  return await inTx(ctx, async (tx) => {
    const vm = await readForOperation(tx, ctx, "snapshot", input.vmId);
    if (vm.backupConfig.mode === "INCREMENT") {
      throw appError("SNAPSHOT_WITH_INCREMENTS", { operation: "snapshot-create" });
    }
    requireState(vm, "snapshot", `Could not create a new snapshot for VM ${vm.id}`);
    const rawDisk = readDisks(vm.template).find((disk) => disk.format === "raw" && !disk.type.includes("CDROM"));
    if (rawDisk !== undefined) {
      const message = `Disk ${rawDisk.diskId} is raw: a system snapshot needs qcow2 disks to keep the memory in.`;
      throw appError("DISK_REFUSED", { message });
    }
    const snapshotId = await freeSnapshotId(tx, vm);
    await transitionVm(tx, vm, "snapshot");
    const name = input.name || `snapshot ${snapshotId}`;
    return await queue(tx, ctx, "snapshot-create", vm, { vmId: vm.id, snapshotId, hypervisorId: null, name });
  });
}

/** Put a running VM back to a snapshot: memory and all disks. */
export async function requestSystemRevert(ctx: Ctx, raw: SystemSnapshotRef): Promise<{ actionId: number }> {
  const what = (vmId: number, id: number) => `Could not revert VM ${vmId} to snapshot ${id}`;
  return await onSnapshot(ctx, raw, "snapshot-revert", what);
}

/** Delete a snapshot of a running VM. */
export async function requestSystemSnapshotDelete(ctx: Ctx, raw: SystemSnapshotRef): Promise<{ actionId: number }> {
  const what = (vmId: number, id: number) => `Could not delete snapshot ${id} for VM ${vmId}`;
  return await onSnapshot(ctx, raw, "snapshot-delete", what);
}

async function onSnapshot(
  ctx: Ctx,
  raw: SystemSnapshotRef,
  kind: "snapshot-revert" | "snapshot-delete",
  what: (vmId: number, snapshotId: number) => string,
): Promise<{ actionId: number }> {
  const { vmId, snapshotId } = SystemSnapshotRef.parse(raw);
  return await inTx(ctx, async (tx) => {
    const vm = await readForOperation(tx, ctx, "snapshot", vmId);
    const snapshot = systemSnapshots(vm.template).find((each) => each.id === snapshotId);
    if (snapshot === undefined) throw appError("SNAPSHOT_NOT_FOUND", { snapshotId, of: `VM ${vmId}` });
    requireState(vm, "snapshot", what(vmId, snapshotId));
    await transitionVm(tx, vm, "snapshot");
    const { hypervisorId, name } = snapshot;
    return await queue(tx, ctx, kind, vm, { vmId, snapshotId, hypervisorId, name });
  });
}

/** Never one that was tried before: what a failed one left in the hypervisor must not be taken for this one. */
async function freeSnapshotId(tx: Tx, vm: ParsedVm): Promise<number> {
  const tried = await tx.action.count({ where: { kind: "snapshot-create", vmId: vm.id } });
  return Math.max(tried, ...systemSnapshots(vm.template).map((snapshot) => snapshot.id + 1));
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

export const systemSnapshotCreateHandler: ActionHandler<string> = {
  async work(run) {
    const { snapshotId } = Input.parse(run.action.input);
    await run.progress.phase("preparing");
    const answer = await step(run, "snapshot_create", String(snapshotId));
    return answer === "" ? `snap-${snapshotId}` : answer;
  },
  async cleanUp(run, worked) {
    if (worked.ok) return;
    const { snapshotId } = Input.parse(run.action.input);
    await step(run, "snapshot_delete", `snap-${snapshotId}`, true);
  },
  async record(tx, run, worked) {
    const { vmId, snapshotId, name } = Input.parse(run.action.input);
    await endOperation(tx, vmId, (vm) => {
      if (!worked.ok) return {};
      const diskMb = readDisks(vm.template).reduce((sum, disk) => sum + disk.sizeMb, 0);
      const snapshot = { id: snapshotId, name, at: run.core.clock.now(), hypervisorId: worked.value };
      return { template: withSystemSnapshot(vm.template, snapshot, diskMb) };
    });
    return {};
  },
};

export const systemSnapshotRevertHandler: ActionHandler<null> = {
  async work(run) {
    const { snapshotId, hypervisorId } = Input.parse(run.action.input);
    await run.progress.phase("restoring");
    await step(run, "snapshot_revert", hypervisorId ?? `snap-${snapshotId}`);
    return null;
  },
  async cleanUp() {
    // Before or after: nothing else is made.
  },
  async record(tx, run) {
    const { vmId, name } = Input.parse(run.action.input);
    let closes: string | null = null;
    // Also after a failure: nobody knows how far the hypervisor got.
    await endOperation(tx, vmId, (vm) => {
      const backupConfig = afterSystemRevert(vm.backupConfig, name);
      if (backupConfig.incrementalBackupId !== vm.backupConfig.incrementalBackupId) closes = backupConfig.closedReason;
      return { backupConfig };
    });
    return { warnings: chainWarning(closes) };
  },
};

export const systemSnapshotDeleteHandler: ActionHandler<null> = {
  async work(run) {
    const { snapshotId, hypervisorId } = Input.parse(run.action.input);
    await run.progress.phase("deleting");
    await step(run, "snapshot_delete", hypervisorId ?? `snap-${snapshotId}`);
    return null;
  },
  async cleanUp() {
    // A snapshot that could not be deleted is still listed and can be deleted again.
  },
  async record(tx, run, worked) {
    const { vmId, snapshotId } = Input.parse(run.action.input);
    await endOperation(tx, vmId, (vm) =>
      worked.ok ? { template: withoutSystemSnapshot(vm.template, snapshotId) } : {},
    );
    return {};
  },
};

async function step(run: Run, action: string, snapshot: string, isCleanUp = false): Promise<string> {
  const { vmId } = Input.parse(run.action.input);
  return await run.step(isCleanUp ? `${action}-again` : action, async () => {
    const site = await readSite(run.core.db, vmId);
    return await callVmm(run, site, { action, argv: [site.vm.deployId, snapshot, ...site.hypervisor], isCleanUp });
  });
}
