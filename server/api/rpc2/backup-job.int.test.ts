import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore, USER_PASSWORD } from "../../core/testing/bare-core";
import { childText, parseXml } from "../../lib/xml/parse";
import { type Answer, callXml, readAnswer, replyTo, rpcClient } from "./testing/client";

let bare: BareCore;
let call: ReturnType<typeof rpcClient>;
let vmId: number;

beforeAll(async () => {
  bare = await startBareCore();
  const actor = await bare.user("ana", 0);
  vmId = await bare.vm("web", actor);
  call = rpcClient(bare.core, `ana:${USER_PASSWORD}`);
});

afterAll(() => bare.close());

const xml = (answer: Answer) => {
  expect(answer).toMatchObject({ ok: true, code: 0 });
  return parseXml(String(answer.value));
};

test("a job's life through the API", async () => {
  const template = `NAME = weekly\nBACKUP_VMS = "${vmId},${vmId}"\nMODE = "increment"\nKEEP_LAST=4\nDESCRIPTION="of <b>"
    SCHED_ACTION = [ TIME = "1795448488", REPEAT = 0, DAYS = "3,1", END_TYPE = 1, END_VALUE = 4 ]`;
  const made = await call("one.backupjob.allocate", template);
  expect(made).toEqual({ ok: true, value: 0, code: 0 });
  const job = xml(await call("one.backupjob.info", 0, false));
  expect(job.children.map((node) => node.name).join(" ")).toBe(
    "ID UID GID UNAME GNAME NAME PERMISSIONS PRIORITY LAST_BACKUP_TIME LAST_BACKUP_DURATION SCHED_ACTIONS UPDATED_VMS " +
      "OUTDATED_VMS BACKING_UP_VMS ERROR_VMS TEMPLATE",
  );
  expect(childText(job, "TEMPLATE", "BACKUP_VMS")).toBe(String(vmId));
  expect(childText(job, "TEMPLATE", "DESCRIPTION")).toBe("of <b>");
  expect(childText(job, "TEMPLATE", "SCHED_ACTION", "DAYS")).toBe("1,3");
  expect(await call("one.backupjob.allocate", "NAME=weekly")).toMatchObject({ ok: false, code: 0x2000 });
  expect(await call("one.backupjob.allocate", `NAME=other\nBACKUP_VMS="${vmId}"`)).toMatchObject({
    ok: false,
    value: `[one.backupjob.allocate] Unable to add VM ${vmId} to Backup Job 1. It's already in Backup Job 0`,
  });
  expect(await call("one.backupjob.backup", 0)).toEqual({ ok: true, value: 0, code: 0 });
  expect(await call("one.backupjob.backup", 0)).toEqual({
    ok: false,
    value: "[one.backupjob.backup] Unable to execute Backup Job, pending backups in progress",
    code: 0x0800,
  });
  expect(childText(xml(await call("one.backupjob.info", 0)), "OUTDATED_VMS", "ID")).toBe(String(vmId));
  expect(await call("one.backupjob.cancel", 0)).toMatchObject({ ok: true });
  expect(await call("one.backupjob.update", 0, 'KEEP_LAST="7"', 1)).toMatchObject({ ok: true, value: 0 });
  const updated = xml(await call("one.backupjob.info", 0));
  expect(childText(updated, "TEMPLATE", "KEEP_LAST")).toBe("7");
  expect(childText(updated, "TEMPLATE", "BACKUP_VMS")).toBe(String(vmId));
  expect(await call("one.backupjob.update", 0, "KEEP_LAST=1", 0)).toMatchObject({ ok: true });
  expect(childText(xml(await call("one.backupjob.info", 0)), "TEMPLATE", "BACKUP_VMS")).toBe("");
  expect(await call("one.backupjob.update", 0, "A=1", 2)).toMatchObject({ code: 0x1000, value: /Wrong update type/ });
  expect(await call("one.backupjob.priority", 0, 100)).toMatchObject({
    value: "[one.backupjob.priority] Wrong priority value",
  });
  expect(await call("one.backupjob.priority", 0, 60)).toMatchObject({ ok: true });
  expect(await call("one.backupjob.rename", 0, "nightly")).toMatchObject({ ok: true });
  expect(await call("one.backupjob.chmod", 0, 1, 1, 0, 1, 0, 0, -1, -1, -1)).toMatchObject({ ok: true });
  expect(childText(xml(await call("one.backupjob.info", 0)), "PERMISSIONS", "GROUP_U")).toBe("1");
  expect(await call("one.backupjob.lock", 0, 4)).toMatchObject({ ok: true });
  expect(childText(xml(await call("one.backupjob.info", 0)), "LOCK", "LOCKED")).toBe("1");
  expect(await call("one.backupjob.delete", 0)).toMatchObject({ ok: false, code: 0x0200 });
  expect(await call("one.backupjob.unlock", 0)).toMatchObject({ ok: true });
  const pool = xml(await call("one.backupjobpool.info", -2, -1, -1));
  expect(pool.children.map((node) => childText(node, "NAME"))).toEqual(["nightly"]);
  expect(await call("one.backupjob.delete", 0)).toMatchObject({ ok: true, value: 0 });
  expect(await call("one.backupjob.info", 0)).toEqual({
    ok: false,
    value: "[one.backupjob.info] Error getting backup job [0].",
    code: 0x0400,
  });
});

test("schedules of a job: added, changed, removed; others' are not", async () => {
  const { value: id } = await call("one.backupjob.allocate", "NAME=scheduled");
  const { value: other } = await call("one.backupjob.allocate", "NAME=another");
  expect(await call("one.backupjob.schedadd", Number(id), "A=1")).toMatchObject({
    code: 0x0800,
    value: "[one.backupjob.schedadd] No SCHED_ACTION attribute in template",
  });
  const relative = await call("one.backupjob.schedadd", Number(id), 'SCHED_ACTION=["TIME"="+60"]');
  expect(relative.value).toMatch(/Unable to parse the time value/);
  const { value: action } = await call("one.backupjob.schedadd", Number(id), "SCHED_ACTION=[TIME=1795448488]");
  const change = (job: unknown) =>
    call("one.backupjob.schedupdate", Number(job), Number(action), "SCHED_ACTION=[TIME=1795448499]");
  expect(await change(other)).toMatchObject({
    code: 0x2000,
    value: `[one.backupjob.schedupdate] SCHED_ACTION with id = ${action} doesn't exist`,
  });
  expect(await change(id)).toMatchObject({ ok: true, value: action });
  const job = xml(await call("one.backupjob.info", Number(id)));
  expect(childText(job, "TEMPLATE", "SCHED_ACTION", "TIME")).toBe("1795448499");
  expect(await call("one.backupjob.scheddelete", Number(other), Number(action))).toMatchObject({
    code: 0x0400,
    value: `[one.backupjob.scheddelete] Error getting scheduled action [${action}].`,
  });
  expect(await call("one.backupjob.scheddelete", Number(id), Number(action))).toMatchObject({ ok: true });
});

test("pools: ids descend, pages end, strangers see nothing", async () => {
  for (let index = 0; index < 5; index++) await call("one.backupjob.allocate", `NAME=page-${index}`);
  const ids = async (client: typeof call, ...params: number[]) =>
    xml(await client("one.backupjobpool.info", ...params)).children.map((node) => Number(childText(node, "ID")));
  const all = await ids(call, -2, -1, -1);
  expect(all).toEqual([...all].sort((a, b) => b - a));
  expect([...(await ids(call, -2, 0, -3)), ...(await ids(call, -2, 3, -3))]).toEqual(all.slice(0, 6));
  expect(await ids(call, -2, 100, -3)).toEqual([]);
  expect(await ids(call, -2, all[1] ?? 0, all[0] ?? 0)).toEqual(all.slice(0, 2));
  expect(await call("one.backupjobpool.info", -5, -1, -1)).toMatchObject({ code: 0x1000 });
  await bare.user("stranger");
  expect(await ids(rpcClient(bare.core, `stranger:${USER_PASSWORD}`), -2, -1, -1)).toEqual([]);
});

test("who is not known, and calls that are none", async () => {
  for (const session of ["ana:wrong password here", "ana", ":x", "nobody:x", ""]) {
    expect(await rpcClient(bare.core, session)("one.system.version")).toEqual({
      ok: false,
      value: "[one.system.version] User couldn't be authenticated, aborting call.",
      code: 0x0100,
    });
  }
  expect(await call("one.system.version")).toMatchObject({ ok: true, value: "7.5.80" });
  expect((await call("one.nothing.here")).fault).toMatch(/not defined/);
  expect((await call("constructor")).fault).toMatch(/not defined/);
  expect((await call("one.backupjob.info")).fault).toMatch(/has to be of type int/);
  expect((await call("one.backupjob.info", "x; DROP")).fault).toMatch(/has to be of type int/);
  expect(await call("one.backupjob.info", 99_999_999_999)).toMatchObject({ ok: false, code: 0x0400 });
});

test.each([
  ["nothing", ""],
  ["no XML", "{}"],
  ["an entity bomb", '<!DOCTYPE a [<!ENTITY b "bb">]><methodCall><methodName>&b;</methodName></methodCall>'],
  ["deep nesting", `<methodCall><methodName>m</methodName><params><param><value>${"<array><data><value>".repeat(40)}`],
  [
    "a structure",
    "<methodCall><methodName>m</methodName><params><param><value><struct/></value></param></params></methodCall>",
  ],
  ["too much", callXml("one.system.version", ["x".repeat(2 * 1024 * 1024)])],
])("%s gets a fault", async (_name, body) => {
  expect(readAnswer(await replyTo(bare.core, body)).fault).toMatch(/Parse error/);
});
