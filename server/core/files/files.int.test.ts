import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tool } from "../../drivers/testing/disks";
import { requestBackup } from "../backup/request";
import { type Harness, startHarness } from "../testing/harness";
import { makeMachine } from "../testing/machine";
import { closeFiles, getFiles, listFiles, requestFiles, searchFiles } from "./commands";
import { downloadFiles } from "./download";
import { sessionFolder, sweepSessions } from "./session-folder";

let harness: Harness;
let point: { imageId: number; incrementId: number };
const live = new AbortController().signal;

/** A machine whose disk is one ext4 file system, backed up once. */
beforeAll(async () => {
  harness = await startHarness();
  const machine = await makeMachine(harness, "files", { sizeMib: 16, dataMib: 1 });
  const src = join(harness.dir, "src");
  await mkdir(join(src, "etc"), { recursive: true });
  await writeFile(join(src, "etc", "hosts"), "127.0.0.1 localhost\n");
  await symlink("/etc/shadow", join(src, "shadow"));
  const raw = join(harness.dir, "ext4");
  await tool("truncate", "-s", "16M", raw);
  await tool("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", src, raw);
  await tool("qemu-img", "convert", "-n", "-f", "raw", "-O", "qcow2", raw, machine.disk);
  const { vmId, datastoreId } = machine;
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset: false });
  point = { imageId: (await harness.finished(actionId)).imageId ?? -1, incrementId: 0 };
}, 60_000);
afterAll(() => harness.close());

async function opened(): Promise<number> {
  const { actionId } = await requestFiles(harness.ctx, point);
  expect(await harness.finished(actionId)).toMatchObject({ state: "DONE", error: null });
  return actionId;
}

test("a point is opened, its files are listed, found and downloaded, and closing leaves nothing", async () => {
  expect(await getFiles(harness.ctx, point)).toEqual({ state: "none", reason: null });
  const sessionId = await opened();
  expect(await requestFiles(harness.ctx, point)).toEqual({ actionId: sessionId });
  const view = await getFiles(harness.ctx, point);
  expect(view).toMatchObject({
    state: "open",
    sessionId,
    volumes: [{ id: 0, diskId: 0, place: "Whole disk", fileSystem: "ext4", label: "root", problem: null }],
  });
  const top = { sessionId, volume: 0, folder: "", offset: 0, limit: 200 };
  const { entries } = await listFiles(harness.ctx, top);
  expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
    ["etc", "folder"],
    ["lost+found", "folder"],
    ["shadow", "link"],
  ]);
  const { hits } = await searchFiles(harness.ctx, { ...top, text: "hosts" });
  const [hit] = hits;
  expect(hit).toMatchObject({ name: "hosts", path: "etc" });
  const request = { sessionId, volume: 0, folder: hit?.folder ?? "", file: hit?.address ?? "", format: "zip" as const };
  const file = await downloadFiles(harness.ctx, request, live);
  expect([file.name, file.bytes, await text(file.content)]).toEqual(["hosts", 20, "127.0.0.1 localhost\n"]);
  const link = entries.find(({ kind }) => kind === "link");
  await expect(downloadFiles(harness.ctx, { ...request, folder: "", file: link?.address ?? "" }, live)).rejects.toThrow(
    "Only files",
  );
  // A file is only found in its own folder.
  await expect(downloadFiles(harness.ctx, { ...request, folder: "" }, live)).rejects.toThrow("does not exist");
  const etc = entries[0]?.address ?? "";
  await listFiles(harness.ctx, { ...top, folder: etc });
  await listFiles(harness.ctx, { ...top, folder: etc });
  const folder = await downloadFiles(harness.ctx, { ...request, folder: etc, file: "" }, live);
  expect([folder.bytes, folder.type]).toEqual([null, "application/zip"]);
  await buffer(folder.content);
  const auditOf = async (what: string) =>
    (await harness.core.db.auditEntry.findMany({ where: { what }, orderBy: { id: "asc" } })).map((entry) => [
      entry.userName,
      entry.objectId,
      entry.data,
    ]);
  const entry = (data: object) => [
    harness.ctx.actor.name,
    point.imageId,
    expect.objectContaining({ incrementId: 0, ...data }),
  ];
  expect(await auditOf("files-browse")).toEqual([entry({ path: "/" }), entry({ path: "/etc" })]);
  expect(await auditOf("files-search")).toEqual([entry({ path: "/", text: "hosts" })]);
  expect(await auditOf("files-download")).toEqual([entry({ path: "/etc/hosts" }), entry({ path: "/etc" })]);

  const stranger = { core: harness.core, actor: { ...harness.ctx.actor, userId: 77, groupIds: [77], isAdmin: false } };
  await expect(getFiles(stranger, point)).rejects.toThrow("USE right");
  await expect(requestFiles(stranger, point)).rejects.toThrow("USE right");
  await expect(listFiles(stranger, top)).rejects.toThrow("are closed");
  await expect(downloadFiles(stranger, request, live)).rejects.toThrow("are closed");
  await expect(closeFiles(stranger, sessionId)).rejects.toThrow("are closed");

  await closeFiles(harness.ctx, sessionId);
  expect(existsSync(sessionFolder(harness.core, sessionId))).toBe(false);
  expect(await getFiles(harness.ctx, point)).toMatchObject({ state: "none" });
  await expect(listFiles(harness.ctx, top)).rejects.toThrow("are closed");
});

test("what nobody used for a while, or a dead node has left, is removed; what is in use stays", async () => {
  const sessionId = await opened();
  const folder = sessionFolder(harness.core, sessionId);
  const left = sessionFolder(harness.core, 999_999);
  await mkdir(left);
  await sweepSessions(harness.core);
  expect([existsSync(folder), existsSync(left)]).toEqual([true, false]);
  const longAgo = Date.now() / 1000 - 31 * 60;
  await utimes(join(folder, "session.json"), longAgo, longAgo);
  const list = { sessionId, volume: 0, folder: "", offset: 0, limit: 10 };
  await expect(listFiles(harness.ctx, list)).rejects.toThrow("are closed");
  await sweepSessions(harness.core);
  expect(await readdir(join(harness.core.config.home, "scratch"))).toEqual([]);
});
