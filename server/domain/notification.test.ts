import { expect, test } from "vitest";
import {
  backOffMs,
  ChannelConfig,
  dueOf,
  isWanted,
  messageOf,
  type NotificationItem,
  SaveChannel,
} from "./notification";

const item = (over: Partial<NotificationItem> = {}): NotificationItem => ({
  id: "1",
  kind: "run-failed",
  severity: "error",
  at: Date.UTC(2026, 10, 23, 9, 30),
  title: "Backup of web failed",
  text: "No space left.",
  vm: { id: 3, name: "web" },
  job: { id: 7, name: "nightly" },
  actionId: 12,
  labels: ["prod"],
  ...over,
});
const rule = { minSeverity: "warning" as const, jobIds: [] as number[], labels: [] as string[], isEnabled: true };

test.each([
  ["this severity and worse", rule, item({ severity: "warning" }), true],
  ["not less", rule, item({ severity: "info" }), false],
  ["worse", rule, item({ severity: "critical" }), true],
  ["not when switched off", { ...rule, isEnabled: false }, item(), false],
  ["one of the jobs", { ...rule, jobIds: [1, 7] }, item(), true],
  ["another job", { ...rule, jobIds: [1] }, item(), false],
  ["no job at all", { ...rule, jobIds: [1] }, item({ job: null }), false],
  ["one of the labels", { ...rule, labels: ["test", "prod"] }, item(), true],
  ["no such label", { ...rule, labels: ["test"] }, item(), false],
  ["job and label both", { ...rule, jobIds: [7], labels: ["test"] }, item(), false],
])("a rule wants %s", (_name, conditions, what, wanted) => {
  expect(isWanted(conditions, what)).toBe(wanted);
});

test.each([
  ["none", "2026-11-23T09:30:00Z", "2026-11-23T09:30:00Z"],
  ["hourly", "2026-11-23T09:30:00Z", "2026-11-23T10:00:00Z"],
  ["hourly", "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"],
  ["daily", "2026-11-23T07:59:59Z", "2026-11-23T08:00:00Z"],
  ["daily", "2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z"],
] as const)("a %s digest of %s is due at %s", (digest, at, due) => {
  expect(new Date(dueOf(digest, Date.parse(at))).getTime()).toBe(Date.parse(due));
});

test("tries wait longer and longer, but never more than two hours", () => {
  expect([1, 2, 3, 8, 60].map((tries) => backOffMs(tries) / 60_000)).toEqual([1, 2, 4, 120, 120]);
});

test("a message of one is named after it; its subject is one line, whatever a VM is called", () => {
  const { subject, text } = messageOf([item({ title: "Backup of a\r\nBcc: x@example.org failed" })]);
  expect(subject).toBe("Strata error: Backup of a Bcc: x@example.org failed");
  expect(text).toContain("2026-11-23 09:30:00 UTC  ERROR");
  expect(text).toContain("No space left.");
});

test("a digest begins with the worst, counts by severity, and is bounded", () => {
  const many = Array.from({ length: 130 }, (_, index) => item({ id: String(index), severity: "info", title: "fine" }));
  const { subject, text } = messageOf([...many, item({ title: "worst", severity: "critical" })]);
  expect(subject).toBe("Strata 131 messages (1 critical, 130 info)");
  expect(text.split("\n")[0]).toContain("worst");
  expect(text).toContain("And 31 more");
});

test.each(["file:///etc/passwd", "https://user:secret@example.org/x", "gopher://example.org"])(
  "%s is no address of a webhook",
  (url) => {
    expect(ChannelConfig.safeParse({ kind: "webhook", url }).success).toBe(false);
  },
);

test("a password is refused where it would travel in clear", () => {
  const config = {
    kind: "mail" as const,
    host: "mail.example.org",
    port: 25,
    security: "none" as const,
    user: "u",
    from: "a@example.org",
    to: ["b@example.org"],
  };
  const channel = { channelId: null, name: "m", isEnabled: true, config, secret: "p" };
  expect(SaveChannel.safeParse(channel).success).toBe(false);
  expect(SaveChannel.safeParse({ ...channel, config: { ...config, security: "tls" } }).success).toBe(true);
  expect(SaveChannel.safeParse({ ...channel, config: { ...config, host: "a b" }, secret: "" }).success).toBe(false);
});
