import { z } from "zod";
import { toJson } from "../../db/json";
import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { Mute } from "../../domain/mute";
import type { Ctx } from "../context";

const MOST = 100;
const MAX_MS = 90 * 86_400_000;

/** One's own, that still hold; by cause. A mute hides a line of the overview from one user, never from its sentence. */
export async function readMutes(ctx: Ctx): Promise<Map<string, Mute>> {
  const row = await ctx.core.db.setting.findUnique({ where: { name: nameOf(ctx) } });
  return new Map(holding(row?.value, ctx.core.clock.now()).map((mute) => [mute.key, mute]));
}

/** Put a cause aside until a time, at most 90 days away; the same again replaces it. @throws INVALID_INPUT */
export async function muteCause(ctx: Ctx, raw: z.input<typeof Mute>): Promise<void> {
  const mute = Mute.parse(raw);
  const now = ctx.core.clock.now();
  if (mute.until <= now || mute.until > now + MAX_MS) {
    throw appError("INVALID_INPUT", { message: "Choose an end within the next 90 days." });
  }
  await change(ctx, (mutes) => [...mutes.filter(({ key }) => key !== mute.key), mute].slice(-MOST));
}

/** Show a cause again. */
export async function unmuteCause(ctx: Ctx, key: string): Promise<void> {
  await change(ctx, (mutes) => mutes.filter((mute) => mute.key !== key));
}

async function change(ctx: Ctx, to: (mutes: Mute[]) => Mute[]): Promise<void> {
  const name = nameOf(ctx);
  await withTx(ctx.core.db, async (tx) => {
    await lock(tx, ctx.actor.userId);
    const row = await tx.setting.findUnique({ where: { name } });
    const value = toJson(to(holding(row?.value, ctx.core.clock.now())));
    await tx.setting.upsert({ where: { name }, create: { name, value }, update: { value } });
  });
}

/** Two tabs of one user must not lose each other's. */
async function lock(tx: Tx, userId: number): Promise<void> {
  await tx.$queryRaw`SELECT "id" FROM "User" WHERE "id" = ${userId} FOR UPDATE`;
}

function holding(value: unknown, now: number): Mute[] {
  const parsed = z.array(Mute).safeParse(value);
  return parsed.success ? parsed.data.filter((mute) => mute.until > now) : [];
}

function nameOf(ctx: Ctx): string {
  return `mutes.${ctx.actor.userId}`;
}
