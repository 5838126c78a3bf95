import { changeOwner, changePermissions } from "../../core/access/commands";
import { changePassword, createUser, listUsers } from "../../core/user/commands";
import { ChangeOwner, ChangePassword, ChangePermissions, CreateUser } from "../../domain/user";
import { authed, router } from "../trpc";

export const userRouter = router({
  list: authed.query(({ ctx }) => listUsers(ctx)),
  create: authed.input(CreateUser).mutation(({ ctx, input }) => createUser(ctx, input)),
  changePassword: authed.input(ChangePassword).mutation(({ ctx, input }) => changePassword(ctx, input)),
});

export const accessRouter = router({
  changePermissions: authed.input(ChangePermissions).mutation(({ ctx, input }) => changePermissions(ctx, input)),
  changeOwner: authed.input(ChangeOwner).mutation(({ ctx, input }) => changeOwner(ctx, input)),
});
