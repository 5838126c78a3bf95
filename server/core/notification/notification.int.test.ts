import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { withTx } from "../../db/tx";
import { MAX_TRIES, type SaveChannel } from "../../domain/notification";
import { requestBackup } from "../backup/request";
import { createJob } from "../job/commands";
import { acquireLease } from "../leader/lease";
import { readHealth } from "../system/health";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { deleteChannel, saveChannel, saveRule, setNotificationSettings, testChannel } from "./commands";
import { lookForLate, lookForSilence } from "./dead-man";
import { deliverDue } from "./deliver";
import { notify } from "./notify";
import { listDeliveries, viewNotifications } from "./queries";
import { routeOutbox } from "./route";

const KEY = "key of the signature, a canary";
const HOUR_MS = 3_600_000;

interface Posted {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

let bare: BareCore;
let http: Server;
let smtp: SMTPServer;
let posted: Posted[] = [];
let mails: string[] = [];
/** What the web server answers next. */
let answer = 200;
let isMailRefused = false;
/** Done between the arrival of a message and the answer. */
let onPost: (() => Promise<void>) | null = null;

const never = new AbortController().signal;
const portOf = (server: { address(): AddressInfo | string | null }) => (server.address() as AddressInfo).port;
const url = () => `http://127.0.0.1:${portOf(http)}/hook`;

beforeAll(async () => {
  bare = await startBareCore();
  http = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    const reply = async () => {
      posted.push({ headers: request.headers, body });
      await onPost?.();
      response.writeHead(answer, answer === 302 ? { location: `${url()}-elsewhere` } : {}).end("whatever");
    };
    request.on("end", () => void reply());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  smtp = new SMTPServer({
    disabledCommands: ["AUTH"],
    onRcptTo: (_address, _session, done) => done(isMailRefused ? new Error("mailbox is full") : null),
    onData(stream, _session, done) {
      let text = "";
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  await new Promise((resolve) => http.close(resolve));
  await bare.close();
});

beforeEach(async () => {
  const { db } = bare.core;
  await db.notificationChannel.deleteMany();
  await db.notification.deleteMany();
  await setNotificationSettings(bare.ctx, { allowPrivate: true });
  posted = [];
  mails = [];
  answer = 200;
  isMailRefused = false;
  onPost = null;
});

async function webhook(over: Partial<SaveChannel> = {}): Promise<number> {
  const config = { kind: "webhook" as const, url: url() };
  const channel = { channelId: null, name: "hook", isEnabled: true, config, secret: KEY, ...over };
  return (await saveChannel(bare.ctx, channel)).channelId;
}

const mailConfig = (security: "none" | "starttls" = "none") => ({
  kind: "mail" as const,
  host: "127.0.0.1",
  port: portOf(smtp.server),
  security,
  user: "",
  from: "strata@example.org",
  to: ["ops@example.org", "boss@example.org"],
});

async function mail(): Promise<number> {
  const channel = { channelId: null, name: "mail", isEnabled: true, config: mailConfig(), secret: null };
  return (await saveChannel(bare.ctx, channel)).channelId;
}

async function rule(channelId: number, over: Partial<Parameters<typeof saveRule>[1]> = {}): Promise<void> {
  await saveRule(bare.ctx, {
    ruleId: null,
    name: "all",
    channelId,
    minSeverity: "warning",
    jobIds: [],
    labels: [],
    digest: "none",
    isEnabled: true,
    ...over,
  });
}

async function pass(): Promise<number> {
  await routeOutbox(bare.core);
  return await deliverDue(bare.core, never);
}

const states = async () => (await listDeliveries(bare.ctx, {})).rows.map(({ state, tries }) => ({ state, tries }));

test("a failed backup is told once, by mail and by webhook, with its reason and a signature", async () => {
  const vmId = await bare.vm("web");
  await bare.core.db.vm.update({ where: { id: vmId }, data: { userTemplate: { LABELS: ["prod,web"] } } });
  const datastoreId = await bare.datastore("told");
  await rule(await webhook(), { labels: ["prod"] });
  await rule(await mail());
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  bare.drivers.on("tm/prebackup", () => {
    throw new Error("No space left on the host");
  });
  expect(await bare.run(actionId)).toMatchObject({ state: "FAILED" });
  await pass();
  expect(await pass()).toBe(0);

  expect(posted).toHaveLength(1);
  const [hook] = posted;
  const [, at = "", signature = ""] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(hook?.headers["x-strata-signature"])) ?? [];
  expect(signature).toBe(createHmac("sha256", KEY).update(`${at}.${hook?.body}`).digest("hex"));
  expect(JSON.parse(hook?.body ?? "")).toMatchObject({
    version: 1,
    delivery: hook?.headers["x-strata-delivery"],
    items: [
      { kind: "run-failed", severity: "error", title: "Backup of web failed", actionId, labels: ["prod", "web"] },
    ],
  });
  expect(hook?.body).toContain("No space left on the host");
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain("Subject: Strata error: Backup of web failed");
  expect(mails[0]).toContain("ops@example.org");
  expect(mails[0]).toContain("No space left on the host");
  expect(await states()).toEqual([
    { state: "SENT", tries: 1 },
    { state: "SENT", tries: 1 },
  ]);
});

test("the fact is rolled back with the change it tells", async () => {
  const failing = withTx(bare.core.db, async (tx) => {
    await notify(tx, [{ key: "x", kind: "run-failed" }]);
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  await withTx(bare.core.db, (tx) => notify(tx, [{ key: "y", kind: "run-failed" }]));
  await notify(bare.core.db, [{ key: "y", kind: "run-failed" }]);
  expect(await bare.core.db.notification.findMany({ select: { key: true } })).toEqual([{ key: "y" }]);
});

test("what cannot be sent is tried again with longer waits, then given up; the log says why", async () => {
  await rule(await webhook());
  answer = 503;
  await notify(bare.core.db, [{ key: "late", kind: "run-failed", data: { title: "late", text: "" } }]);
  await pass();
  expect(await pass()).toBe(0); // not before its time
  for (let tries = 1; tries < MAX_TRIES; tries++) {
    expect((await listDeliveries(bare.ctx, {})).rows[0]).toMatchObject({
      state: "PENDING",
      tries,
      error: "Answered 503.",
    });
    bare.clock.advance(2 * HOUR_MS);
    expect(await pass()).toBe(1);
  }
  expect(await states()).toEqual([{ state: "FAILED", tries: MAX_TRIES }]);
  bare.clock.advance(24 * HOUR_MS);
  expect(await pass()).toBe(0);
  expect(posted).toHaveLength(MAX_TRIES);
});

test("a node that dies between sending and recording sends it again, under the same id", async () => {
  await rule(await webhook());
  await notify(bare.core.db, [{ key: "twice", kind: "run-failed", data: { title: "twice", text: "" } }]);
  await routeOutbox(bare.core);
  let between: unknown;
  onPost = async () => {
    between = await bare.core.db.notificationDelivery.findFirstOrThrow();
  };
  await deliverDue(bare.core, never);
  // What a kill at that moment leaves behind: claimed, sent, not recorded, and due again later.
  expect(between).toMatchObject({
    state: "PENDING",
    tries: 1,
    sentAt: null,
    dueAt: new Date(bare.clock.now() + 60_000),
  });
  const dueAt = new Date(bare.clock.now() + 60_000);
  await bare.core.db.notificationDelivery.updateMany({ data: { state: "PENDING", sentAt: null, dueAt } });
  expect(await pass()).toBe(0);
  bare.clock.advance(2 * HOUR_MS);
  await pass();
  expect(posted.map((one) => one.headers["x-strata-delivery"])).toEqual(
    Array(2).fill(posted[0]?.headers["x-strata-delivery"]),
  );
  expect(await states()).toEqual([{ state: "SENT", tries: 2 }]);
});

test("two nodes that deliver at once send each message once", async () => {
  await rule(await webhook());
  const facts = Array.from({ length: 5 }, (_, index) => ({
    key: `many-${index}`,
    kind: "run-failed" as const,
    data: { title: `${index}`, text: "" },
  }));
  await notify(bare.core.db, facts);
  await Promise.all([routeOutbox(bare.core), routeOutbox(bare.core)]);
  await Promise.all([deliverDue(bare.core, never), deliverDue(bare.core, never)]);
  expect(posted.map((one) => JSON.parse(one.body).items[0].title).sort()).toEqual(["0", "1", "2", "3", "4"]);
});

test("an hourly digest waits for the hour and is one message; a flood without a digest is one too", async () => {
  await rule(await mail(), { digest: "hourly" });
  await rule(await webhook());
  const facts = Array.from({ length: 30 }, (_, index) => ({
    key: `flood-${index}`,
    kind: "run-failed" as const,
    data: { title: `failure ${index}`, text: "" },
  }));
  await notify(bare.core.db, facts);
  await pass();
  expect(mails).toHaveLength(0);
  expect(posted).toHaveLength(1);
  expect(JSON.parse(posted[0]?.body ?? "").items).toHaveLength(30);
  bare.clock.advance(HOUR_MS);
  await pass();
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain("30 messages (30 error)");
});

test("an address of this machine, a redirect and a metadata service are refused", async () => {
  const channelId = await webhook();
  answer = 302;
  expect((await testChannel(bare.ctx, channelId)).error).toBe("Answered 302: redirects are not followed.");
  expect(posted).toHaveLength(1);
  await setNotificationSettings(bare.ctx, { allowPrivate: false });
  for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"]) {
    await webhook({ channelId, config: { kind: "webhook", url: `http://${host}:${portOf(http)}/` } });
    expect((await testChannel(bare.ctx, channelId)).error).toMatch(/private network, which is not allowed/);
  }
  await setNotificationSettings(bare.ctx, { allowPrivate: true });
  await webhook({ channelId, config: { kind: "webhook", url: "http://169.254.169.254/latest/meta-data" } });
  expect((await testChannel(bare.ctx, channelId)).error).toMatch(/no address that a webhook may go to/);
  expect(posted).toHaveLength(1);
});

test("a server without STARTTLS or with an unknown certificate gets no mail, and a refused one is an error", async () => {
  const save = (config: SaveChannel["config"], channelId: number | null = null) =>
    saveChannel(bare.ctx, { channelId, name: "m", isEnabled: true, config, secret: null });
  const { channelId } = await save(mailConfig("starttls"));
  expect((await testChannel(bare.ctx, channelId)).error).not.toBeNull();
  expect(mails).toHaveLength(0);
  await save(mailConfig(), channelId);
  expect(await testChannel(bare.ctx, channelId)).toEqual({ error: null });
  expect(mails).toHaveLength(1);
  isMailRefused = true;
  expect((await testChannel(bare.ctx, channelId)).error).toContain("mailbox is full");
});

test("a VM without a good point within its target is told once each time", async () => {
  const vmId = await bare.vm("late");
  const { jobId } = await createJob(bare.ctx, { name: "late job", vmIds: [vmId] });
  await bare.core.db.backupJob.update({
    where: { id: jobId },
    data: { createdAt: new Date(bare.clock.now()) },
  });
  await rule(await webhook(), { minSeverity: "critical", jobIds: [jobId] });
  await lookForLate(bare.core);
  await pass();
  expect(posted).toHaveLength(0);
  bare.clock.advance(48 * HOUR_MS);
  for (let look = 0; look < 3; look++) {
    await lookForLate(bare.core);
    await pass();
  }
  expect(posted).toHaveLength(1);
  expect(JSON.parse(posted[0]?.body ?? "").items[0]).toMatchObject({
    kind: "rpo-missed",
    vm: { id: vmId },
    job: { id: jobId },
  });
});

test("a leader that ends no pass is an alarm and an unhealthy node; a new one is not", async () => {
  const { db } = bare.core;
  expect(await acquireLease(db, "stuck")).not.toBeNull();
  expect(await lookForSilence(bare.core)).toBe(false);
  expect((await readHealth(bare.core)).status).toBe("ok");
  await db.$executeRaw`UPDATE "Lease" SET "passedAt" = now() - interval '5 minutes'`;
  await acquireLease(db, "stuck"); // renewing is not passing
  expect((await readHealth(bare.core)).status).toBe("scheduler-silent");
  expect(await lookForSilence(bare.core)).toBe(true);
  expect(await lookForSilence(bare.core)).toBe(true);
  expect(await db.notification.count({ where: { kind: "scheduler-silent" } })).toBe(1);
  await db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 second'`;
  await acquireLease(db, "next");
  expect(await lookForSilence(bare.core)).toBe(false);
});

test("secrets are sealed and shown to nobody; a stored password goes to no other server; only administrators", async () => {
  const channelId = await webhook();
  const row = await bare.core.db.notificationChannel.findUniqueOrThrow({ where: { id: channelId } });
  expect(row.secret).toMatch(/^sealed-1:/);
  expect(JSON.stringify(await viewNotifications(bare.ctx))).not.toContain(KEY);
  expect(JSON.stringify(await bare.core.db.auditEntry.findMany({ select: { what: true, data: true } }))).not.toContain(
    KEY,
  );
  expect((await viewNotifications(bare.ctx)).channels[0]).toMatchObject({ hasSecret: true });

  const config = { ...mailConfig("starttls"), user: "strata" };
  const saved = { channelId: null, name: "with password", isEnabled: true, config, secret: "p" };
  const made = await saveChannel(bare.ctx, saved);
  const moved = { ...saved, ...made, secret: null, config: { ...config, host: "evil.example.org" } };
  await expect(saveChannel(bare.ctx, moved)).rejects.toThrow("Give the password again");
  await expect(saveChannel(bare.ctx, { ...saved, channelId: null })).rejects.toThrow("already");

  const ctx = { core: bare.core, actor: await bare.user("nobody") };
  for (const work of [
    () => viewNotifications(ctx),
    () => listDeliveries(ctx, {}),
    () => saveChannel(ctx, saved),
    () => deleteChannel(ctx, channelId),
    () => testChannel(ctx, channelId),
    () => setNotificationSettings(ctx, { allowPrivate: true }),
  ]) {
    await expect(work()).rejects.toMatchObject({ code: "ADMIN_ONLY" });
  }
});
