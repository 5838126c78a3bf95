import { loginToken } from "../../../core/token/commands";
import { AppError } from "../../../domain/errors";
import { RpcError } from "../fault";
import type { RpcMethods } from "../method";

/** Ten years: an end beyond it is as good as none, and a date cannot overflow. */
const MAX_SECONDS = 10 * 366 * 24 * 3600;

/** `one.user.login` (§4.7). */
export const tokenMethods: RpcMethods = {
  "one.user.login": {
    params: "s user, s token, i seconds [, i effective group=-1]",
    differs:
      "a token of the client's own needs 32 characters; one.user.info answers its first characters only; changing the password ends them",
    async run(ctx, args) {
      const [userName, secret, seconds] = [args.text(0, "user"), args.text(1, "token"), args.int(2, "seconds")];
      if (seconds < -1) throw new RpcError("RPC_API", "Wrong valid period for token");
      const groupId = args.intOr(3, -1);
      try {
        return await loginToken(ctx, {
          userName,
          secret,
          seconds: Math.min(seconds, MAX_SECONDS),
          groupId: groupId < 0 ? null : groupId,
        });
      } catch (error) {
        if (error instanceof AppError && error.code === "INVALID_INPUT") throw new RpcError("RPC_API", error.message);
        throw error;
      }
    },
  },
};
