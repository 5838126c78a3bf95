import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import { ChannelConfig, Digest, NotificationSettings, type RuleRow, Severity } from "../../domain/notification";

/** What a channel's secret is sealed for. */
export function secretContext(channelId: number): string {
  return `notification channel ${channelId}`;
}

/** A stored channel's addresses. */
export function configOf(channel: { config: Prisma.JsonValue }): ChannelConfig {
  return parseStored(ChannelConfig, channel.config);
}

/** A stored rule with its types. */
export function toRule(row: Prisma.NotificationRuleModel & { channel: { name: string } }): RuleRow {
  return {
    ruleId: row.id,
    name: row.name,
    channelId: row.channelId,
    channelName: row.channel.name,
    minSeverity: parseStored(Severity, row.minSeverity),
    jobIds: row.jobIds,
    labels: row.labels,
    digest: parseStored(Digest, row.digest),
    isEnabled: row.isEnabled,
  };
}

/** Settings of all channels. */
export async function readNotificationSettings(db: Db): Promise<NotificationSettings> {
  const row = await db.setting.findUnique({ where: { name: "notifications" } });
  const parsed = NotificationSettings.safeParse(row?.value ?? {});
  return parsed.success ? parsed.data : { allowPrivate: false };
}
