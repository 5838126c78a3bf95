import { z } from "zod";
import { withTx } from "../../db/tx";
import { afterDetach } from "../../domain/chain-rules";
import { disksWithSnapshots } from "../../domain/disk-snapshots";
import { appError, reasonOf } from "../../domain/errors";
import { vectors, withValues } from "../../domain/template";
import { DetachDisk } from "../../domain/vm-devices";
import { attempt } from "../../lib/outcome";
import { enqueue } from "../action/enqueue";
import type { ActionHandler } from "../action/handler";
import type { Ctx } from "../context";
import { transitionVm } from "../transition";
import { chainWarning, deviceOf, releaseDiskImages } from "./attach";
import { callTm, callVmm, diskPlace, endOperation, readForOperation, readSite, requireState } from "./operation";

const Input = z.object({ vmId: z.number().int(), diskId: z.number().int() });

/**
 * Take a disk from a VM. A clone or a volatile disk is deleted; of a disk that was registered from elsewhere only the link
 * goes. A disk with snapshots is refused: they are inside the disk and would go with it unasked.
 */
export async function requestDiskDetach(ctx: Ctx, raw: DetachDisk): Promise<{ actionId: number }> {
  const { vmId, diskId } = DetachDisk.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const vm = await readForOperation(tx, ctx, "disk-attach", vmId);
    if (!vectors(vm.template, "DISK").some((disk) => disk["DISK_ID"] === String(diskId))) {
      throw appError("DISK_DETACH_UNKNOWN", { diskId });
    }
    requireState(vm, "detach", `Could not detach disk from VM ${vmId}`);
    if (disksWithSnapshots(vm.diskSnapshots).includes(diskId)) {
      throw appError("DISK_REFUSED", { message: `Disk ${diskId} has snapshots. Delete them before you detach it.` });
    }
    await transitionVm(tx, vm, "detach");
    const actionId = await enqueue(tx, {
      kind: "disk-detach",
      actor: ctx.actor,
      input: { vmId, diskId },
      vmId,
      vmName: vm.name,
      hostId: vm.hostId,
    });
    return { actionId };
  });
}

/** What could not be removed after the guest had let go of the disk; null when all went. */
type Detached = { leftover: string | null };

export const diskDetachHandler: ActionHandler<Detached> = {
  async work(run) {
    const { vmId, diskId } = Input.parse(run.action.input);
    await run.progress.phase("deleting");
    const isLive = await run.step("detach", async () => {
      const site = await readSite(run.core.db, vmId);
      if (!site.isLive) return false;
      const { target, index, file } = deviceOf(site.vm, diskId, site.vmDir);
      const argv = [site.vm.deployId, file, target, index, ...site.hypervisor];
      await callVmm(run, site, { action: "detach_disk", argv });
      return true;
    });
    const removed = await attempt(() =>
      run.step("delete-disk", async () => {
        const site = await readSite(run.core.db, vmId);
        // The guest has let go already: a cancel that comes now must not leave the file.
        const argv = [diskPlace(site, diskId), String(vmId), String(site.systemId)];
        await callTm(run, site, { action: "delete", argv, isCleanUp: isLive });
        return null;
      }),
    );
    if (removed.ok) return { leftover: null };
    if (!isLive) throw removed.error;
    return { leftover: reasonOf(removed.error) };
  },

  async cleanUp() {
    // A disk that could not be removed stays a disk of the VM and can be detached again.
  },

  async record(tx, run, worked) {
    const { vmId, diskId } = Input.parse(run.action.input);
    const warnings: string[] = [];
    await endOperation(tx, vmId, async (vm) => {
      if (!worked.ok) return {};
      const disks = vectors(vm.template, "DISK");
      const isIt = (disk: (typeof disks)[number]) => disk["DISK_ID"] === String(diskId);
      const template = withValues(
        vm.template,
        "DISK",
        disks.filter((disk) => !isIt(disk)),
      );
      await releaseDiskImages(tx, { id: vmId, template }, disks.filter(isIt));
      const before = vm.backupConfig;
      const backupConfig = afterDetach(before, vm.template, diskId);
      if (backupConfig.incrementalBackupId !== before.incrementalBackupId) {
        warnings.push(...chainWarning(backupConfig.closedReason));
      }
      if (before.diskIds.length > 0 && backupConfig.diskIds.length === 0) {
        warnings.push("It was the only disk chosen for backups: from now on all disks of the VM are backed up.");
      }
      if (worked.value.leftover !== null) {
        warnings.push(`The guest has let go of the disk, but its file is left on the host: ${worked.value.leftover}`);
      }
      return { template, backupConfig };
    });
    return { warnings };
  },
};
