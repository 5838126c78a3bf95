import { containing } from "../../db/contains";
import { parseStored } from "../../db/stored";
import type { Page } from "../../domain/ids";
import {
  type ChannelRow,
  DELIVERY_STATES,
  DeliveryLogInput,
  type DeliveryRow,
  type DeliveryState,
  NotificationItem,
  type NotificationSettings,
  type RuleRow,
} from "../../domain/notification";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { configOf, readNotificationSettings, toRule } from "./rows";

export interface NotificationView {
  channels: ChannelRow[];
  rules: RuleRow[];
  settings: NotificationSettings;
}

/** Channels without their secrets, rules and settings. Administrators only: addresses are nobody else's business. */
export async function viewNotifications(ctx: Ctx): Promise<NotificationView> {
  requireAdmin(ctx.actor, "see notifications");
  const { db } = ctx.core;
  const [channels, rules, settings, last] = await Promise.all([
    db.notificationChannel.findMany({ orderBy: { name: "asc" } }),
    db.notificationRule.findMany({ orderBy: [{ name: "asc" }, { id: "asc" }], include: { channel: true } }),
    readNotificationSettings(db),
    db.notificationDelivery.findMany({
      where: { sentAt: { not: null } },
      orderBy: [{ channelId: "asc" }, { sentAt: "desc" }],
      distinct: ["channelId"],
      select: { channelId: true, state: true, sentAt: true, error: true },
    }),
  ]);
  const lastOf = new Map(last.map((row) => [row.channelId, row]));
  return {
    channels: channels.map((row) => {
      const newest = lastOf.get(row.id);
      return {
        id: row.id,
        name: row.name,
        isEnabled: row.isEnabled,
        config: configOf(row),
        hasSecret: row.secret !== null,
        last:
          newest?.sentAt == null
            ? null
            : { state: stateOf(newest.state), at: newest.sentAt.getTime(), error: newest.error },
      };
    }),
    rules: rules.map(toRule),
    settings,
  };
}

/** What was sent, waits or failed, newest first, a page of it. Administrators only. */
export async function listDeliveries(ctx: Ctx, raw: DeliveryLogInput): Promise<Page<DeliveryRow>> {
  requireAdmin(ctx.actor, "see the delivery log");
  const { offset, limit, state, channelId, search } = DeliveryLogInput.parse(raw);
  const where = {
    ...(state === undefined ? {} : { state }),
    ...(channelId === undefined ? {} : { channelId }),
    ...(search === undefined || search === ""
      ? {}
      : {
          OR: [
            { ruleName: containing(search) },
            { channel: { name: containing(search) } },
            { item: { path: ["title"], string_contains: search } },
          ],
        }),
  };
  const [rows, total] = await Promise.all([
    ctx.core.db.notificationDelivery.findMany({
      where,
      orderBy: { id: "desc" },
      skip: offset,
      take: limit,
      include: { channel: { select: { name: true } } },
    }),
    ctx.core.db.notificationDelivery.count({ where }),
  ]);
  return {
    total,
    rows: rows.map((row) => ({
      id: String(row.id),
      channelName: row.channel.name,
      ruleName: row.ruleName,
      item: parseStored(NotificationItem, row.item),
      state: stateOf(row.state),
      tries: row.tries,
      error: row.error,
      createdAt: row.createdAt.getTime(),
      dueAt: row.dueAt.getTime(),
      sentAt: row.sentAt?.getTime() ?? null,
    })),
  };
}

function stateOf(text: string): DeliveryState {
  return DELIVERY_STATES.find((state) => state === text) ?? "FAILED";
}
