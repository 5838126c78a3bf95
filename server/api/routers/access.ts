import { changeOwner, changePermissions } from "../../core/access/commands";
import { listQuotas, setQuota } from "../../core/quota/limits";
import { changePassword, createUser, listUsers } from "../../core/user/commands";
import { readVmOperationRights, setVmOperationRights } from "../../core/vm-operations";
import { SetQuota } from "../../domain/quota";
import { ChangeOwner, ChangePassword, ChangePermissions, CreateUser } from "../../domain/user";
import { VmOperationRights } from "../../domain/vm-operations";
import { authed, router } from "../trpc";

export const userRouter = router({
  list: authed.query(({ ctx }) => listUsers(ctx)),
  create: authed.input(CreateUser).mutation(({ ctx, input }) => createUser(ctx, input)),
  changePassword: authed.input(ChangePassword).mutation(({ ctx, input }) => changePassword(ctx, input)),
});

export const accessRouter = router({
  changePermissions: authed.input(ChangePermissions).mutation(({ ctx, input }) => changePermissions(ctx, input)),
  changeOwner: authed.input(ChangeOwner).mutation(({ ctx, input }) => changeOwner(ctx, input)),
  quotas: authed.query(({ ctx }) => listQuotas(ctx)),
  setQuota: authed.input(SetQuota).mutation(({ ctx, input }) => setQuota(ctx, input)),
  vmOperations: authed.query(({ ctx }) => readVmOperationRights(ctx.core.db)),
  setVmOperations: authed.input(VmOperationRights).mutation(({ ctx, input }) => setVmOperationRights(ctx, input)),
});
