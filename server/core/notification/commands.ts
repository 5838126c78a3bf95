import { randomUUID } from "node:crypto";
import { toJson } from "../../db/json";
import { withTx } from "../../db/tx";
import { appError, reasonOf } from "../../domain/errors";
import {
  type ChannelConfig,
  type NotificationItem,
  NotificationSettings,
  SaveChannel,
  SaveRule,
} from "../../domain/notification";
import { writeAudit } from "../audit";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { openSealer } from "../secrets";
import { configOf, secretContext } from "./rows";
import { sendItems } from "./send";

const MAX_CHANNELS = 50;
const MAX_RULES = 200;
const WHAT = "change notifications";

/**
 * Add or change a channel. Administrators only.
 * @throws NOTIFICATION_INVALID a name that exists; a stored password that would go to another server
 */
export async function saveChannel(ctx: Ctx, raw: SaveChannel): Promise<{ channelId: number }> {
  requireAdmin(ctx.actor, WHAT);
  const { channelId, name, isEnabled, config, secret } = SaveChannel.parse(raw);
  const sealed = await openSealer(ctx.core.config.home);
  return await withTx(ctx.core.db, async (tx) => {
    const other = await tx.notificationChannel.findFirst({
      where: { name, ...(channelId === null ? {} : { id: { not: channelId } }) },
    });
    if (other !== null) throw invalid(`There is a channel named "${name}" already.`);
    const data = { name, isEnabled, kind: config.kind, config: toJson(config) };
    const before = channelId === null ? null : await tx.notificationChannel.findUnique({ where: { id: channelId } });
    if (channelId !== null && before === null) throw appError("NOT_FOUND", { object: "channel", id: channelId });
    if (before === null && (await tx.notificationChannel.count()) >= MAX_CHANNELS) {
      throw invalid(`No more than ${MAX_CHANNELS} channels.`);
    }
    if (before !== null && before.secret !== null && secret === null && goesElsewhere(configOf(before), config)) {
      throw invalid("Give the password again: the stored one would go to another server.");
    }
    const { id } =
      before === null
        ? await tx.notificationChannel.create({ data, select: { id: true } })
        : await tx.notificationChannel.update({ where: { id: before.id }, data, select: { id: true } });
    if (secret !== null) {
      const text = secret === "" ? null : sealed(secret, secretContext(id));
      await tx.notificationChannel.update({ where: { id }, data: { secret: text } });
    }
    await record(ctx, tx, "notification-channel-save", { channelId: id, name, kind: config.kind, isEnabled });
    return { channelId: id };
  });
}

/** A password is for the server and the user it was given for. The key of a webhook is never sent. */
function goesElsewhere(before: ChannelConfig, after: ChannelConfig): boolean {
  if (before.kind !== after.kind) return true;
  if (before.kind !== "mail" || after.kind !== "mail") return false;
  return (["host", "port", "security", "user"] as const).some((field) => before[field] !== after[field]);
}

/** Remove a channel with its rules and its log. Administrators only. */
export async function deleteChannel(ctx: Ctx, channelId: number): Promise<void> {
  requireAdmin(ctx.actor, WHAT);
  await withTx(ctx.core.db, async (tx) => {
    const { count } = await tx.notificationChannel.deleteMany({ where: { id: channelId } });
    if (count !== 1) throw appError("NOT_FOUND", { object: "channel", id: channelId });
    await record(ctx, tx, "notification-channel-delete", { channelId });
  });
}

/** Send a test message now, whatever the rules say; its outcome is in the log. Administrators only. */
export async function testChannel(ctx: Ctx, channelId: number): Promise<{ error: string | null }> {
  requireAdmin(ctx.actor, "test channels");
  const { core } = ctx;
  const channel = await core.db.notificationChannel.findUnique({ where: { id: channelId } });
  if (channel === null) throw appError("NOT_FOUND", { object: "channel", id: channelId });
  const at = core.clock.now();
  const item: NotificationItem = {
    id: "0",
    kind: "test",
    severity: "info",
    at,
    title: "Test of Strata",
    text: `${ctx.actor.name} asked for this message. It says nothing about backups.`,
    vm: null,
    job: null,
    actionId: null,
    labels: [],
  };
  const key = `test-${channelId}-${randomUUID()}`;
  const error = await sendItems(core, channel, [item], key).then(
    () => null,
    (failure: unknown) => reasonOf(failure).slice(0, 500),
  );
  const ended = new Date(core.clock.now());
  await withTx(core.db, async (tx) => {
    await tx.notificationDelivery.create({
      data: {
        key,
        channelId,
        ruleName: "Test",
        item: toJson(item),
        state: error === null ? "SENT" : "FAILED",
        tries: 1,
        error,
        dueAt: new Date(at),
        createdAt: new Date(at),
        sentAt: ended,
      },
    });
    await record(ctx, tx, "notification-channel-test", { channelId, isSent: error === null });
  });
  return { error };
}

/** Add or change a rule. Administrators only. */
export async function saveRule(ctx: Ctx, raw: SaveRule): Promise<{ ruleId: number }> {
  requireAdmin(ctx.actor, WHAT);
  const { ruleId, ...data } = SaveRule.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const channel = await tx.notificationChannel.findUnique({ where: { id: data.channelId } });
    if (channel === null) throw appError("NOT_FOUND", { object: "channel", id: data.channelId });
    if (ruleId === null && (await tx.notificationRule.count()) >= MAX_RULES) {
      throw invalid(`No more than ${MAX_RULES} rules.`);
    }
    if (ruleId !== null && (await tx.notificationRule.findUnique({ where: { id: ruleId } })) === null) {
      throw appError("NOT_FOUND", { object: "rule", id: ruleId });
    }
    const { id } =
      ruleId === null
        ? await tx.notificationRule.create({ data, select: { id: true } })
        : await tx.notificationRule.update({ where: { id: ruleId }, data, select: { id: true } });
    await record(ctx, tx, "notification-rule-save", { ruleId: id, name: data.name, channelId: data.channelId });
    return { ruleId: id };
  });
}

/** Remove a rule; what it has sent stays in the log, and so does what it has queued. Administrators only. */
export async function deleteRule(ctx: Ctx, ruleId: number): Promise<void> {
  requireAdmin(ctx.actor, WHAT);
  await withTx(ctx.core.db, async (tx) => {
    const { count } = await tx.notificationRule.deleteMany({ where: { id: ruleId } });
    if (count !== 1) throw appError("NOT_FOUND", { object: "rule", id: ruleId });
    await record(ctx, tx, "notification-rule-delete", { ruleId });
  });
}

/** May webhooks go to private addresses. Administrators only. */
export async function setNotificationSettings(ctx: Ctx, raw: NotificationSettings): Promise<void> {
  requireAdmin(ctx.actor, WHAT);
  const value = NotificationSettings.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    const name = "notifications";
    await tx.setting.upsert({ where: { name }, create: { name, value }, update: { value } });
    await record(ctx, tx, "settings-notifications", { allowPrivate: value.allowPrivate });
  });
}

type InTx = Parameters<typeof appendEvent>[0];

async function record(
  ctx: Ctx,
  tx: InTx,
  what: string,
  data: Record<string, string | number | boolean>,
): Promise<void> {
  await appendEvent(tx, { topic: "system", objectId: 0, type: "notification" });
  await writeAudit(tx, ctx.actor, { what, object: "system", objectId: 0, data });
}

function invalid(message: string) {
  return appError("NOTIFICATION_INVALID", { message });
}
