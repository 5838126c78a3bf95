import { z } from "zod";
import { getInPlacePlan, requestInPlaceRestore } from "../../core/restore/in-place/request";
import { getRestorePlan, listRestoreSources } from "../../core/restore/queries";
import { requestRestore } from "../../core/restore/request";
import { InPlaceRequest } from "../../domain/in-place";
import { RestoreRequest } from "../../domain/restore";
import { authed, router } from "../trpc";

export const restoreRouter = router({
  sources: authed
    .input(z.object({ search: z.string().max(200).default("") }))
    .query(({ ctx, input }) => listRestoreSources(ctx, input.search)),
  plan: authed.input(RestoreRequest).query(({ ctx, input }) => getRestorePlan(ctx, input)),
  start: authed.input(RestoreRequest).mutation(({ ctx, input }) => requestRestore(ctx, input)),
  inPlacePlan: authed.input(InPlaceRequest).query(({ ctx, input }) => getInPlacePlan(ctx, input)),
  startInPlace: authed.input(InPlaceRequest).mutation(({ ctx, input }) => requestInPlaceRestore(ctx, input)),
});
