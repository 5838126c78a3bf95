import { z } from "zod";
import { appError } from "../../domain/errors";
import type { Ctx } from "../context";

/** Lists that have views. */
const List = z.enum(["vms"]);
export const ViewsOf = z.object({ list: List });
export const SaveView = ViewsOf.extend({
  name: z.string().trim().min(1, "Give the view a name").max(60),
  /** The text of the search. */
  query: z.string().trim().min(1, "Search for something first").max(200),
});
const MOST = 50;

interface SavedView {
  id: number;
  name: string;
  query: string;
}

/** The views that the asker has kept of a list, by name. */
export async function listViews(ctx: Ctx, { list }: z.infer<typeof ViewsOf>): Promise<SavedView[]> {
  return await ctx.core.db.savedView.findMany({
    where: { userId: ctx.actor.userId, list },
    select: { id: true, name: true, query: true },
    orderBy: [{ name: "asc" }, { id: "asc" }],
    take: MOST,
  });
}

/** Keep a search under a name; the same name again replaces it. @throws INVALID_INPUT there are too many */
export async function saveView(ctx: Ctx, raw: z.input<typeof SaveView>): Promise<void> {
  const { list, name, query } = SaveView.parse(raw);
  const { userId } = ctx.actor;
  const others = await ctx.core.db.savedView.count({ where: { userId, list, name: { not: name } } });
  if (others >= MOST) {
    throw appError("INVALID_INPUT", { message: `You have ${MOST} views of this list. Delete one first.` });
  }
  await ctx.core.db.savedView.upsert({
    where: { userId_list_name: { userId, list, name } },
    create: { userId, list, name, query },
    update: { query },
  });
}

/** Delete a view of one's own; that of somebody else is not found. */
export async function deleteView(ctx: Ctx, viewId: number): Promise<void> {
  await ctx.core.db.savedView.deleteMany({ where: { id: viewId, userId: ctx.actor.userId } });
}
