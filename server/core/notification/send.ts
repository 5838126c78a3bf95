import type { Prisma } from "../../db/client";
import { type ChannelConfig, messageOf, type NotificationItem } from "../../domain/notification";
import { sendMail } from "../../lib/mail";
import { postWebhook } from "../../lib/webhook";
import type { Core } from "../core";
import { openSecret } from "../secrets";
import { configOf, readNotificationSettings, secretContext } from "./rows";

const SEND_MS = 15_000;

/**
 * Send one message over a channel; returns when the receiver has accepted it.
 * @param deliveryId the same for each try, so that a receiver can tell a repeat
 * @throws Error whose sentence is kept in the log; no secret is in it
 */
export async function sendItems(
  core: Core,
  channel: Prisma.NotificationChannelModel,
  items: readonly NotificationItem[],
  deliveryId: string,
): Promise<void> {
  const config: ChannelConfig = configOf(channel);
  const { home } = core.config;
  const secret = channel.secret === null ? null : await openSecret(home, channel.secret, secretContext(channel.id));
  if (config.kind === "mail") {
    const { host, port, security, user, from, to } = config;
    const messageId = `<strata-${deliveryId}@${from.split("@")[1] ?? "strata.invalid"}>`;
    const mail = { from, to, messageId, ...messageOf(items) };
    return await sendMail({ host, port, security, user, password: secret ?? "" }, mail, SEND_MS);
  }
  const { allowPrivate } = await readNotificationSettings(core.db);
  const { subject } = messageOf(items);
  const body = JSON.stringify({ version: 1, delivery: deliveryId, subject, items });
  const at = Math.floor(core.clock.now() / 1000);
  await postWebhook({ url: config.url, body, key: secret, deliveryId, allowPrivate, at, timeoutMs: SEND_MS });
}
