import type { Db } from "../../db/tx";
import { Locale, type SetLocale } from "../../domain/locale";
import type { Ctx } from "../context";

/** The language of a user's screens; English when it is not known. */
export async function readLocale(db: Db, userId: number): Promise<Locale> {
  const user = await db.user.findUnique({ where: { id: userId }, select: { locale: true } });
  return Locale.catch("en").parse(user?.locale);
}

/** Choose the language of one's own screens. */
export async function setLocale(ctx: Ctx, { locale }: SetLocale): Promise<void> {
  await ctx.core.db.user.update({ where: { id: ctx.actor.userId }, data: { locale } });
}
