import { createToken, revokeToken } from "../../core/token/commands";
import { listOwnGroups, listTokens } from "../../core/token/queries";
import { CreateToken, TokenId } from "../../domain/access-token";
import { authed, router } from "../trpc";

/** One's own tokens. Not part of `/api/v1`: a token makes no tokens. */
export const tokenRouter = router({
  list: authed.query(({ ctx }) => listTokens(ctx)),
  groups: authed.query(({ ctx }) => listOwnGroups(ctx)),
  create: authed.input(CreateToken).mutation(({ ctx, input }) => createToken(ctx, input)),
  revoke: authed.input(TokenId).mutation(({ ctx, input }) => revokeToken(ctx, input)),
});
