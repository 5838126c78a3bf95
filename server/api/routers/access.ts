import { z } from "zod";
import { changeOwner, changePermissions } from "../../core/access/commands";
import { LockObject, lockObject } from "../../core/access/locking";
import { readAccess } from "../../core/access/queries";
import { RenameObject, renameObject } from "../../core/access/rename";
import { exportAudit, listAudit } from "../../core/audit-log";
import { listQuotas, setQuota } from "../../core/quota/limits";
import { deleteUser, enableUser } from "../../core/user/admin";
import { changePassword, createUser } from "../../core/user/commands";
import { changeMembership, createGroup, deleteGroup } from "../../core/user/groups";
import { setLocale } from "../../core/user/locale";
import { listGroups, listUsers, ownerChoices } from "../../core/user/queries";
import { readVmOperationRights, setVmOperationRights } from "../../core/vm-operations";
import { AuditFilter, AuditInput } from "../../domain/audit";
import { SetLocale } from "../../domain/locale";
import { SetQuota } from "../../domain/quota";
import {
  ChangeMembership,
  ChangeOwner,
  ChangePassword,
  ChangePermissions,
  CreateGroup,
  CreateUser,
  EnableUser,
  GroupId,
  UserId,
} from "../../domain/user";
import { VmOperationRights } from "../../domain/vm-operations";
import { authed, router } from "../trpc";

export const userRouter = router({
  list: authed.query(({ ctx }) => listUsers(ctx)),
  create: authed.input(CreateUser).mutation(({ ctx, input }) => createUser(ctx, input)),
  changePassword: authed.input(ChangePassword).mutation(({ ctx, input }) => changePassword(ctx, input)),
  setLocale: authed.input(SetLocale).mutation(({ ctx, input }) => setLocale(ctx, input)),
  enable: authed.input(EnableUser).mutation(({ ctx, input }) => enableUser(ctx, input)),
  delete: authed.input(UserId).mutation(({ ctx, input }) => deleteUser(ctx, input)),
  groups: authed.query(({ ctx }) => listGroups(ctx)),
  createGroup: authed.input(CreateGroup).mutation(({ ctx, input }) => createGroup(ctx, input)),
  deleteGroup: authed.input(GroupId).mutation(({ ctx, input }) => deleteGroup(ctx, input)),
  changeMembership: authed.input(ChangeMembership).mutation(({ ctx, input }) => changeMembership(ctx, input)),
});

export const accessRouter = router({
  get: authed
    .input(z.object({ kind: ChangeOwner.shape.kind, id: ChangeOwner.shape.id }))
    .query(({ ctx, input }) => readAccess(ctx, input.kind, input.id)),
  owners: authed.query(({ ctx }) => ownerChoices(ctx)),
  changePermissions: authed.input(ChangePermissions).mutation(({ ctx, input }) => changePermissions(ctx, input)),
  rename: authed.input(RenameObject).mutation(({ ctx, input }) => renameObject(ctx, input)),
  lock: authed.input(LockObject).mutation(({ ctx, input }) => lockObject(ctx, input)),
  changeOwner: authed.input(ChangeOwner).mutation(({ ctx, input }) => changeOwner(ctx, input)),
  quotas: authed.query(({ ctx }) => listQuotas(ctx)),
  setQuota: authed.input(SetQuota).mutation(({ ctx, input }) => setQuota(ctx, input)),
  vmOperations: authed.query(({ ctx }) => readVmOperationRights(ctx.core.db)),
  setVmOperations: authed.input(VmOperationRights).mutation(({ ctx, input }) => setVmOperationRights(ctx, input)),
});

export const auditRouter = router({
  list: authed.input(AuditInput).query(({ ctx, input }) => listAudit(ctx, input)),
  export: authed.input(AuditFilter).query(({ ctx, input }) => exportAudit(ctx, input)),
});
