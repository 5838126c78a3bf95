import { z } from "zod";
import { listAttempts } from "../../core/action/attempts";
import { readRunBefore } from "../../core/action/before";
import { cancelAction } from "../../core/action/cancel";
import { getAction, listActionLog, listActions } from "../../core/action/queries";
import { retryAction } from "../../core/action/retry";
import { ACTION_KINDS } from "../../domain/action";
import { ObjectId, PageInput } from "../../domain/ids";
import { ACTION_STATES } from "../../domain/states";
import { authed, router } from "../trpc";

const ActionRef = z.object({ actionId: ObjectId });

export const actionRouter = router({
  list: authed
    .input(
      PageInput.extend({
        kind: z.enum(ACTION_KINDS).optional(),
        state: z.enum(ACTION_STATES).optional(),
        vmId: ObjectId.optional(),
        imageId: ObjectId.optional(),
      }),
    )
    .query(({ ctx, input }) => listActions(ctx, input)),
  get: authed.input(ActionRef).query(({ ctx, input }) => getAction(ctx, input.actionId)),
  before: authed.input(ActionRef).query(({ ctx, input }) => readRunBefore(ctx, input.actionId)),
  attempts: authed.input(ActionRef).query(({ ctx, input }) => listAttempts(ctx, input.actionId)),
  log: authed
    .input(ActionRef.extend({ afterId: z.number().int().min(0).default(0) }))
    .query(({ ctx, input }) => listActionLog(ctx, input)),
  cancel: authed.input(ActionRef).mutation(({ ctx, input }) => cancelAction(ctx, input.actionId)),
  retry: authed.input(ActionRef).mutation(({ ctx, input }) => retryAction(ctx, input.actionId)),
});
