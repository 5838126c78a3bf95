import { z } from "zod";
import { ObjectId, PageInput } from "./ids";

/** From what is only good to know to what must wake somebody. */
export const SEVERITIES = ["info", "warning", "error", "critical"] as const;
export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

/** What is worth telling. `rpo-missed` and `scheduler-silent` are dead-man alarms: they tell what did not happen. */
export const NOTIFICATION_KINDS = [
  "run-done",
  "run-cancelled",
  "run-warning",
  "run-failed",
  "schedule-failed",
  "rpo-missed",
  "scheduler-silent",
  "test",
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export const SEVERITY_OF: Readonly<Record<NotificationKind, Severity>> = {
  "run-done": "info",
  "run-cancelled": "info",
  "run-warning": "warning",
  "run-failed": "error",
  "schedule-failed": "error",
  "rpo-missed": "critical",
  "scheduler-silent": "critical",
  test: "info",
};

/** A fact as it is sent: kept with the delivery, so that a late one says what was true then. */
export const NotificationItem = z.object({
  id: z.string(),
  kind: z.enum(NOTIFICATION_KINDS),
  severity: Severity,
  /** Epoch ms. */
  at: z.number(),
  title: z.string(),
  text: z.string(),
  vm: z.object({ id: z.number(), name: z.string() }).nullable(),
  job: z.object({ id: z.number(), name: z.string() }).nullable(),
  actionId: z.number().nullable(),
  labels: z.array(z.string()),
});
export type NotificationItem = z.infer<typeof NotificationItem>;

export const DIGESTS = ["none", "hourly", "daily"] as const;
export const Digest = z.enum(DIGESTS);
export type Digest = z.infer<typeof Digest>;

const Name = z.string().trim().min(1, "Give it a name.").max(80);

/** RFC 1123 names and addresses; nothing that could be read as something else by an SMTP or HTTP client. */
const HostName = z
  .string()
  .trim()
  .max(253)
  .regex(/^(?=.*[a-zA-Z0-9])[a-zA-Z0-9:]([a-zA-Z0-9.:-]*[a-zA-Z0-9:])?$/, "Give a host name or an address.");

export const MailConfig = z.object({
  kind: z.literal("mail"),
  host: HostName,
  port: z.number().int().min(1).max(65_535),
  /** `starttls` is required, not tried: without it the password and the message would travel in clear. */
  security: z.enum(["none", "starttls", "tls"]),
  user: z.string().max(256).default(""),
  from: z.email("Give the sender's address."),
  to: z.array(z.email("Each must be an address.")).min(1, "Give at least one address.").max(20),
});
export type MailConfig = z.infer<typeof MailConfig>;

export const WebhookConfig = z.object({
  kind: z.literal("webhook"),
  url: z
    .url({ protocol: /^https?$/, error: "Give an address that begins with http:// or https://." })
    .max(2000)
    .refine((text) => !URL.canParse(text) || (new URL(text).username === "" && new URL(text).password === ""), {
      error: "An address with a password in it would be shown to everybody who may see the channel.",
    }),
});
export type WebhookConfig = z.infer<typeof WebhookConfig>;

export const ChannelConfig = z.discriminatedUnion("kind", [MailConfig, WebhookConfig]);
export type ChannelConfig = z.infer<typeof ChannelConfig>;

export const SaveChannel = z
  .object({
    /** Null adds one. */
    channelId: ObjectId.nullable(),
    name: Name,
    isEnabled: z.boolean(),
    config: ChannelConfig,
    /** Password of the mail server or key of the signature; null keeps what is stored, empty takes it away. */
    secret: z.string().max(1000).nullable(),
  })
  .superRefine(({ config, secret }, ctx) => {
    if (config.kind === "mail" && config.security === "none" && (secret ?? "") !== "") {
      ctx.addIssue({ code: "custom", path: ["secret"], message: "A password needs STARTTLS or TLS." });
    }
  });
export type SaveChannel = z.input<typeof SaveChannel>;

export const SaveRule = z.object({
  /** Null adds one. */
  ruleId: ObjectId.nullable(),
  name: Name,
  channelId: ObjectId,
  minSeverity: Severity,
  /** Any of them; an empty list asks for no job. */
  jobIds: z.array(ObjectId).max(200),
  /** Any of them; an empty list asks for no label. */
  labels: z.array(z.string().trim().min(1).max(128)).max(50),
  digest: Digest,
  isEnabled: z.boolean(),
});
export type SaveRule = z.input<typeof SaveRule>;
export type RuleConditions = Pick<z.output<typeof SaveRule>, "minSeverity" | "jobIds" | "labels" | "isEnabled">;

export const NotificationSettings = z.object({
  /** Webhooks may go to addresses of this machine and of private networks. */
  allowPrivate: z.boolean().default(false),
});
export type NotificationSettings = z.infer<typeof NotificationSettings>;

export const DELIVERY_STATES = ["PENDING", "SENT", "FAILED"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const DeliveryLogInput = PageInput.pick({ offset: true, limit: true, search: true }).extend({
  state: z.enum(DELIVERY_STATES).optional(),
  channelId: ObjectId.optional(),
});
export type DeliveryLogInput = z.input<typeof DeliveryLogInput>;

export interface ChannelRow {
  id: number;
  name: string;
  isEnabled: boolean;
  config: ChannelConfig;
  hasSecret: boolean;
  /** Newest delivery that ended; null when there was none. */
  last: { state: DeliveryState; at: number; error: string | null } | null;
}

export interface RuleRow extends z.output<typeof SaveRule> {
  ruleId: number;
  channelName: string;
}

export interface DeliveryRow {
  id: string;
  channelName: string;
  ruleName: string;
  item: NotificationItem;
  state: DeliveryState;
  tries: number;
  error: string | null;
  createdAt: number;
  /** Of the next try, while it waits. */
  dueAt: number;
  sentAt: number | null;
}

/** Does a rule want this? Every condition that is given must hold; a fact about no VM has neither job nor labels. */
export function isWanted(rule: RuleConditions, item: Pick<NotificationItem, "severity" | "job" | "labels">): boolean {
  return (
    rule.isEnabled &&
    SEVERITIES.indexOf(item.severity) >= SEVERITIES.indexOf(rule.minSeverity) &&
    (rule.jobIds.length === 0 || (item.job !== null && rule.jobIds.includes(item.job.id))) &&
    (rule.labels.length === 0 || rule.labels.some((label) => item.labels.includes(label)))
  );
}

const HOUR_MS = 3_600_000;

/**
 * When something that happened at `now` is sent, epoch ms: at once, at the next full hour, or at the next 8 o'clock UTC.
 * The deliveries of one rule that are due together make one message.
 */
export function dueOf(digest: Digest, now: number): number {
  if (digest === "none") return now;
  if (digest === "hourly") return (Math.floor(now / HOUR_MS) + 1) * HOUR_MS;
  const shift = 8 * HOUR_MS;
  return (Math.floor((now - shift) / (24 * HOUR_MS)) + 1) * 24 * HOUR_MS + shift;
}

/** Of one delivery; after that it is FAILED. With the waits below: about two hours. */
export const MAX_TRIES = 8;

/** Wait before the next try, ms: 1 min, 2, 4, … at most two hours. */
export function backOffMs(tries: number): number {
  return Math.min(120, 2 ** Math.max(0, tries - 1)) * 60_000;
}

const MAX_LINES = 100;

/** Subject and text of a message; the worst comes first, and what does not fit is counted. */
export function messageOf(items: readonly NotificationItem[]): { subject: string; text: string } {
  const sorted = [...items].sort(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.at - b.at,
  );
  const [first] = sorted;
  if (first === undefined) return { subject: "Strata", text: "" };
  const blocks = sorted.slice(0, MAX_LINES).map((item) => {
    const when = new Date(item.at).toISOString().slice(0, 19).replace("T", " ");
    return [`${when} UTC  ${item.severity.toUpperCase()}  ${item.title}`, item.text]
      .filter((line) => line !== "")
      .join("\n");
  });
  if (sorted.length > MAX_LINES) blocks.push(`And ${sorted.length - MAX_LINES} more: see Activity in Strata.`);
  const count = (severity: Severity) => sorted.filter((item) => item.severity === severity).length;
  const counts = SEVERITIES.toReversed().flatMap((name) => (count(name) === 0 ? [] : [`${count(name)} ${name}`]));
  const subject =
    sorted.length === 1 ? `${first.severity}: ${first.title}` : `${sorted.length} messages (${counts.join(", ")})`;
  return { subject: `Strata ${oneLine(subject)}`.slice(0, 200), text: `${blocks.join("\n\n")}\n` };
}

/** Names of VMs and reasons of drivers are other people's text: in a subject they may not begin a line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
