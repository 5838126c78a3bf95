import { z } from "zod";
import { withTx } from "../../db/tx";
import { afterResize } from "../../domain/chain-rules";
import { disksWithSnapshots } from "../../domain/disk-snapshots";
import { appError } from "../../domain/errors";
import { vectors, withValues } from "../../domain/template";
import { ResizeDisk } from "../../domain/vm-devices";
import { enqueue } from "../action/enqueue";
import type { ActionHandler } from "../action/handler";
import type { Ctx } from "../context";
import { transitionVm } from "../transition";
import { chainWarning } from "./attach";
import { callTm, diskPlace, endOperation, readForOperation, readSite, requireDisk, requireState } from "./operation";

const Input = z.object({ vmId: z.number().int(), diskId: z.number().int(), sizeMb: z.number().int() });

/** Grow a disk of a powered-off VM. Its file system is the guest's own business. */
export async function requestDiskResize(ctx: Ctx, raw: ResizeDisk): Promise<{ actionId: number }> {
  const { vmId, diskId, sizeMb } = ResizeDisk.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const vm = await readForOperation(tx, ctx, "disk-resize", vmId);
    const disk = requireDisk(vm, diskId);
    requireState(vm, "disk-resize", `Could not resize disk for VM ${vmId}`);
    const refuse = (message: string) => appError("DISK_REFUSED", { message });
    const now = Number(disk["SIZE"] ?? "0");
    if (sizeMb <= now) throw refuse(`Disk ${diskId} has ${now} MiB: a disk can only grow.`);
    if (disk["TYPE"]?.toUpperCase() === "CDROM") throw refuse("A CD-ROM cannot be resized.");
    if (disksWithSnapshots(vm.diskSnapshots).includes(diskId) || "SNAPSHOT" in vm.template) {
      throw refuse(`Disk ${diskId} has snapshots, which are of its present size. Delete them first.`);
    }
    await transitionVm(tx, vm, "disk-resize");
    const actionId = await enqueue(tx, {
      kind: "disk-resize",
      actor: ctx.actor,
      input: { vmId, diskId, sizeMb },
      vmId,
      vmName: vm.name,
      hostId: vm.hostId,
    });
    return { actionId };
  });
}

export const diskResizeHandler: ActionHandler<null> = {
  async work(run) {
    const { vmId, diskId, sizeMb } = Input.parse(run.action.input);
    await run.progress.phase("preparing");
    return await run.step("resize", async () => {
      const site = await readSite(run.core.db, vmId);
      await callTm(run, site, { action: "resize", argv: [diskPlace(site, diskId), String(sizeMb), String(vmId)] });
      return null;
    });
  },
  async cleanUp() {
    // The disk has the old size or the new one; nothing else is made.
  },
  async record(tx, run, worked) {
    const { vmId, diskId, sizeMb } = Input.parse(run.action.input);
    let closes: string | null = null;
    await endOperation(tx, vmId, (vm) => {
      if (!worked.ok) return {};
      const disks = vectors(vm.template, "DISK").map((disk) =>
        disk["DISK_ID"] === String(diskId) ? { ...disk, SIZE: String(sizeMb) } : disk,
      );
      const template = withValues(vm.template, "DISK", disks);
      const backupConfig = afterResize(vm.backupConfig, template, diskId);
      if (backupConfig.incrementalBackupId !== vm.backupConfig.incrementalBackupId) closes = backupConfig.closedReason;
      return { template, backupConfig };
    });
    return { warnings: chainWarning(closes) };
  },
};
