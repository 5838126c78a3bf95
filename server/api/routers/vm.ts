import { z } from "zod";
import { requestDiskAttach } from "../../core/vm/attach";
import { actOnVms } from "../../core/vm/bulk";
import { requestVmDelete, updateBackupConfig } from "../../core/vm/commands";
import { requestDiskDetach } from "../../core/vm/detach";
import { requestDiskRevert, requestDiskSnapshot, requestDiskSnapshotDelete } from "../../core/vm/disk-snapshot";
import { exportVms, VmExport } from "../../core/vm/export";
import { chooseVms, listVms, readVmFacets, VmListInput, VmSearch } from "../../core/vm/inventory";
import { readVmMarks } from "../../core/vm/marks";
import { requestPoweroff, requestReboot, requestStart } from "../../core/vm/power";
import { getVm, listVmChains } from "../../core/vm/queries";
import { registerVm } from "../../core/vm/register";
import { requestDiskResize } from "../../core/vm/resize";
import { requestSystemRevert, requestSystemSnapshot, requestSystemSnapshotDelete } from "../../core/vm/system-snapshot";
import { BackupConfigInput } from "../../domain/backup-config";
import { ObjectId } from "../../domain/ids";
import { BulkOrder, RegisterVmRequest } from "../../domain/vm";
import {
  AttachDisk,
  CreateDiskSnapshot,
  CreateSystemSnapshot,
  DetachDisk,
  DiskSnapshotRef,
  ResizeDisk,
  SystemSnapshotRef,
} from "../../domain/vm-devices";
import { authed, router } from "../trpc";

const VmRef = z.object({ vmId: ObjectId });

export const vmRouter = router({
  list: authed.input(VmListInput).query(({ ctx, input }) => listVms(ctx, input)),
  facets: authed.input(VmSearch).query(({ ctx, input }) => readVmFacets(ctx, input)),
  choose: authed.input(VmSearch).query(({ ctx, input }) => chooseVms(ctx, input)),
  exportCsv: authed.input(VmExport).mutation(({ ctx, input }) => exportVms(ctx, input)),
  planMany: authed.input(BulkOrder).query(({ ctx, input }) => actOnVms(ctx, input, { isPlan: true })),
  actOnMany: authed.input(BulkOrder).mutation(({ ctx, input }) => actOnVms(ctx, input, { isPlan: false })),
  get: authed.input(VmRef).query(({ ctx, input }) => getVm(ctx, input.vmId)),
  chains: authed.input(VmRef).query(({ ctx, input }) => listVmChains(ctx, input.vmId)),
  marks: authed.input(VmRef).query(({ ctx, input }) => readVmMarks(ctx, input.vmId)),
  register: authed.input(RegisterVmRequest).mutation(({ ctx, input }) => registerVm(ctx, input)),
  updateBackupConfig: authed
    .input(VmRef.extend({ config: BackupConfigInput, append: z.boolean().default(false) }))
    .mutation(({ ctx, input }) => updateBackupConfig(ctx, input)),
  delete: authed.input(VmRef).mutation(({ ctx, input }) => requestVmDelete(ctx, input.vmId)),
  start: authed.input(VmRef).mutation(({ ctx, input }) => requestStart(ctx, input.vmId)),
  powerOff: authed
    .input(VmRef.extend({ isHard: z.boolean() }))
    .mutation(({ ctx, input }) => requestPoweroff(ctx, input)),
  reboot: authed.input(VmRef).mutation(({ ctx, input }) => requestReboot(ctx, input.vmId)),
  attachDisk: authed.input(AttachDisk).mutation(({ ctx, input }) => requestDiskAttach(ctx, input)),
  detachDisk: authed.input(DetachDisk).mutation(({ ctx, input }) => requestDiskDetach(ctx, input)),
  resizeDisk: authed.input(ResizeDisk).mutation(({ ctx, input }) => requestDiskResize(ctx, input)),
  createDiskSnapshot: authed.input(CreateDiskSnapshot).mutation(({ ctx, input }) => requestDiskSnapshot(ctx, input)),
  revertDisk: authed.input(DiskSnapshotRef).mutation(({ ctx, input }) => requestDiskRevert(ctx, input)),
  deleteDiskSnapshot: authed.input(DiskSnapshotRef).mutation(({ ctx, input }) => requestDiskSnapshotDelete(ctx, input)),
  createSnapshot: authed.input(CreateSystemSnapshot).mutation(({ ctx, input }) => requestSystemSnapshot(ctx, input)),
  revertSnapshot: authed.input(SystemSnapshotRef).mutation(({ ctx, input }) => requestSystemRevert(ctx, input)),
  deleteSnapshot: authed.input(SystemSnapshotRef).mutation(({ ctx, input }) => requestSystemSnapshotDelete(ctx, input)),
});
