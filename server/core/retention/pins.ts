import type { z } from "zod";
import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { isPinActive } from "../../domain/retention";
import { dateWords } from "../../domain/retention-periods";
import { PinPoint } from "../../domain/retention-preview";
import { writeAudit } from "../audit";
import { authorizeImage } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { lockImage, lockVm } from "../lock";

/**
 * Pin a restore point, or change its pin: retention leaves it alone and its backup cannot be deleted until the pin ends
 * or is taken away. Needs MANAGE on the backup, as deleting does. The VM's row is held like retention holds it, so a point
 * is either pinned or about to go, never both.
 *
 * @throws NOT_FOUND, NOT_AUTHORIZED, POINT_GOING, INVALID_INPUT for an end that has passed
 */
export async function pinPoint(ctx: Ctx, raw: z.input<typeof PinPoint>): Promise<void> {
  const { imageId, incrementId, until, note } = PinPoint.parse(raw);
  const now = ctx.core.clock.now();
  if (until !== null && until <= now) {
    throw appError("INVALID_INPUT", { message: "Choose an end of the pin that is still to come." });
  }
  await withTx(ctx.core.db, async (tx) => {
    const point = await lockPoint(tx, ctx, imageId, incrementId);
    if (point.expiredAt !== null || (point.state !== "READY" && point.state !== "LOCKED")) {
      throw appError("POINT_GOING", { imageId, incrementId });
    }
    const data = {
      at: new Date(now),
      until: until === null ? null : new Date(until),
      note,
      userId: ctx.actor.userId,
      userName: ctx.actor.name,
    };
    await tx.pin.upsert({
      where: { imageId_incrementId: { imageId, incrementId } },
      create: { imageId, incrementId, ...data },
      update: data,
    });
    await tell(tx, ctx, imageId, { what: "pin", data: { incrementId, until, note } });
  });
}

/** Take a pin away; nothing happens to a point without one. Needs MANAGE on the backup. */
export async function unpinPoint(ctx: Ctx, ref: { imageId: number; incrementId: number }): Promise<void> {
  const { imageId, incrementId } = ref;
  await withTx(ctx.core.db, async (tx) => {
    await lockPoint(tx, ctx, imageId, incrementId);
    const { count } = await tx.pin.deleteMany({ where: { imageId, incrementId } });
    if (count > 0) await tell(tx, ctx, imageId, { what: "unpin", data: { incrementId } });
  });
}

/**
 * Refuse what would remove a pinned point. The image's row is held, so no pin appears before the transaction ends.
 * @throws IMAGE_PINNED; force does not help against it
 */
export async function requireUnpinned(tx: Tx, ctx: Ctx, imageId: number): Promise<void> {
  const pins = await tx.pin.findMany({ where: { imageId }, orderBy: { incrementId: "asc" } });
  const now = ctx.core.clock.now();
  const active = pins.filter((pin) => isPinActive({ until: pin.until?.getTime() ?? null }, now));
  const [first] = active;
  if (first === undefined) return;
  throw appError("IMAGE_PINNED", {
    imageId,
    incrementIds: active.map((pin) => pin.incrementId).join(", "),
    end: first.until === null ? "without end" : `until ${dateWords(first.until.getTime(), ctx.core.config.zone)}`,
    userName: first.userName,
  });
}

async function lockPoint(tx: Tx, ctx: Ctx, imageId: number, incrementId: number) {
  const before = await tx.image.findUnique({ where: { id: imageId }, select: { vmId: true } });
  if (before !== null && before.vmId !== null) await lockVm(tx, before.vmId);
  await lockImage(tx, imageId);
  const image = await authorizeImage(tx, ctx.actor, "MANAGE", imageId);
  const point = await tx.increment.findUnique({
    where: { imageId_id: { imageId, id: incrementId } },
    select: { expiredAt: true },
  });
  if (image.type !== "BACKUP" || point === null) throw appError("INCREMENT_NOT_FOUND", { imageId, incrementId });
  return { ...point, state: image.state };
}

async function tell(
  tx: Tx,
  ctx: Ctx,
  imageId: number,
  entry: { what: string; data: Parameters<typeof writeAudit>[2]["data"] },
): Promise<void> {
  await appendEvent(tx, { topic: "image", objectId: imageId, type: "pin" });
  await writeAudit(tx, ctx.actor, {
    what: entry.what,
    object: "image",
    objectId: imageId,
    ...(entry.data === undefined ? {} : { data: entry.data }),
  });
}
