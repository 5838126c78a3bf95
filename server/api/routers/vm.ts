import { z } from "zod";
import { requestVmDelete, updateBackupConfig } from "../../core/vm/commands";
import { getVm, listVmChains, listVms } from "../../core/vm/queries";
import { registerVm } from "../../core/vm/register";
import { BackupConfigInput } from "../../domain/backup-config";
import { ObjectId, PageInput } from "../../domain/ids";
import { RegisterVmRequest } from "../../domain/vm";
import { authed, router } from "../trpc";

const VmRef = z.object({ vmId: ObjectId });
const Protection = z.enum(["protected", "late", "failing", "never", "running"]);

export const vmRouter = router({
  list: authed
    .input(PageInput.extend({ protection: Protection.optional() }))
    .query(({ ctx, input }) => listVms(ctx, input)),
  get: authed.input(VmRef).query(({ ctx, input }) => getVm(ctx, input.vmId)),
  chains: authed.input(VmRef).query(({ ctx, input }) => listVmChains(ctx, input.vmId)),
  register: authed.input(RegisterVmRequest).mutation(({ ctx, input }) => registerVm(ctx, input)),
  updateBackupConfig: authed
    .input(VmRef.extend({ config: BackupConfigInput }))
    .mutation(({ ctx, input }) => updateBackupConfig(ctx, input)),
  delete: authed.input(VmRef).mutation(({ ctx, input }) => requestVmDelete(ctx, input.vmId)),
});
