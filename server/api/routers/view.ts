import { z } from "zod";
import { deleteView, listViews, SaveView, saveView, ViewsOf } from "../../core/view/views";
import { authed, router } from "../trpc";

/** Searches of a list that each user keeps for themselves. */
export const viewRouter = router({
  list: authed.input(ViewsOf).query(({ ctx, input }) => listViews(ctx, input)),
  save: authed.input(SaveView).mutation(({ ctx, input }) => saveView(ctx, input)),
  delete: authed
    .input(z.object({ viewId: z.number().int().min(1) }))
    .mutation(({ ctx, input }) => deleteView(ctx, input.viewId)),
});
