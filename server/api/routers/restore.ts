import { z } from "zod";
import { getRestorePlan, listRestoreSources } from "../../core/restore/queries";
import { requestRestore } from "../../core/restore/request";
import { RestoreRequest } from "../../domain/restore";
import { authed, router } from "../trpc";

export const restoreRouter = router({
  sources: authed
    .input(z.object({ search: z.string().max(200).default("") }))
    .query(({ ctx, input }) => listRestoreSources(ctx, input.search)),
  plan: authed.input(RestoreRequest).query(({ ctx, input }) => getRestorePlan(ctx, input)),
  start: authed.input(RestoreRequest).mutation(({ ctx, input }) => requestRestore(ctx, input)),
});
