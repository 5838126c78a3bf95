import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RestoreRequest } from "../../domain/restore";
import { bootSector } from "../../drivers/testing/boot-sector";
import { change, tool } from "../../drivers/testing/disks";
import { run } from "../../lib/process";
import { cancelAction } from "../action/cancel";
import { getChain } from "../backup/queries";
import { requestBackup } from "../backup/request";
import { requestOrphanRemoval, scanRepository } from "../datastore/orphans";
import { requestImageDelete } from "../image/commands";
import { planFor } from "../restore/plan";
import { type Harness, startHarness } from "../testing/harness";
import { makeMachine, type TestMachine } from "../testing/machine";
import { getBootCheck, getDatastoreChecks, readScreenshot } from "./queries";
import { requestBootCheck, requestVerify, requestVerifyDatastore } from "./request";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

/** A machine with a full and two increments. */
async function chainOf(name: string): Promise<TestMachine & { imageId: number }> {
  const machine = await makeMachine(harness, name, { sizeMib: 16, dataMib: 4 });
  let imageId = -1;
  for (const [index, write] of ["write -P 1 0 1M", "write -P 2 2M 1M", "write -P 3 4M 1M"].entries()) {
    if (index > 0) await change(machine.disk, write);
    const { actionId } = await requestBackup(harness.ctx, {
      vmId: machine.vmId,
      datastoreId: machine.datastoreId,
      reset: false,
    });
    const row = await harness.finished(actionId);
    expect(row.error).toBeNull();
    imageId = row.imageId ?? -1;
  }
  return { ...machine, imageId };
}

async function fileOf(machine: TestMachine & { imageId: number }, incrementId: number): Promise<string> {
  const where = { imageId_id: { imageId: machine.imageId, id: incrementId } };
  const { source } = await harness.core.db.increment.findUniqueOrThrow({ where });
  return join(machine.repository, String(machine.vmId), source, `disk.0.${incrementId}`);
}

async function flipByte(file: string): Promise<void> {
  const handle = await open(file, "r+");
  const at = Math.floor((await stat(file)).size / 2);
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  await handle.write(Buffer.from([byte.readUInt8(0) ^ 0xff]), 0, 1, at);
  await handle.close();
}

async function planTo(imageId: number, incrementId: number) {
  const request = RestoreRequest.parse({ imageId, incrementId, datastoreId: 1 });
  return (await planFor(harness.core.db, harness.ctx.actor, request)).plan;
}

const pointsOf = async (imageId: number) => (await getChain(harness.ctx, imageId)).points;

describe("verify", () => {
  test("a whole chain is verified, with the time and the run; a flipped byte breaks its point and those after it", async () => {
    const machine = await chainOf("flipped");
    const { imageId } = machine;
    const first = await requestVerify(harness.ctx, { imageId, incrementId: null });
    const done = await harness.finished(first.actionId);
    expect(done).toMatchObject({ state: "DONE", warnings: [] });
    expect(done.bytes).toBeGreaterThan(4 * 1024 * 1024);
    expect(await pointsOf(imageId)).toMatchObject(
      [0, 1, 2].map(() => ({ verification: "verified", broken: null, verifyActionId: first.actionId })),
    );

    const file = await fileOf(machine, 1);
    await flipByte(file);
    const second = await requestVerify(harness.ctx, { imageId, incrementId: null });
    const found = await harness.finished(second.actionId);
    expect(found).toMatchObject({ state: "DONE", warnings: [expect.stringContaining("Increment 1 is damaged")] });
    expect(await pointsOf(imageId)).toMatchObject([
      { verification: "verified", broken: null },
      { verification: "failed", broken: expect.stringContaining("disk.0.1 is damaged") },
      { verification: "verified", broken: "It needs increment 1, which is damaged." },
    ]);
    expect((await planTo(imageId, 2)).checks).toContainEqual(
      expect.objectContaining({ level: "error", text: expect.stringContaining("Increment 1") }),
    );
    expect((await planTo(imageId, 0)).checks.filter((check) => check.level === "error")).toEqual([]);
    expect(await getDatastoreChecks(harness.ctx, machine.datastoreId)).toMatchObject({ verified: 1, damaged: 2 });

    // An increment on top of a damaged point would be as good as none.
    const next = await requestBackup(harness.ctx, {
      vmId: machine.vmId,
      datastoreId: machine.datastoreId,
      reset: false,
    });
    expect((await harness.finished(next.actionId)).result.chainReset).toContain("broken");

    // Somebody puts the right file back.
    await flipByte(file);
    const third = await requestVerify(harness.ctx, { imageId, incrementId: 1 });
    expect(await harness.finished(third.actionId)).toMatchObject({ state: "DONE", warnings: [] });
    expect(await pointsOf(imageId)).toMatchObject([{ broken: null }, { broken: null }, { broken: null }]);
  });

  test("a file and a manifest that were changed together are found: the catalogue knows better", async () => {
    const machine = await chainOf("forged");
    const file = await fileOf(machine, 0);
    const manifest = join(file, "..", "manifest.json");
    await change(file, "write -P 9 0 64k");
    const { stdout } = await run(["sha256sum", file], { timeoutMs: 10_000 });
    const content = JSON.parse(await readFile(manifest, "utf8"));
    content.disks[0] = { ...content.disks[0], sha256: stdout.slice(0, 64), bytes: (await stat(file)).size };
    await writeFile(manifest, JSON.stringify(content));
    const { actionId } = await requestVerify(harness.ctx, { imageId: machine.imageId, incrementId: 0 });
    await harness.finished(actionId);
    const [first] = await pointsOf(machine.imageId);
    expect(first).toMatchObject({ verification: "failed", broken: expect.stringContaining("not what was stored") });
  });

  test("a repository that is away is a failure, marks nothing, and a queued check can be cancelled", async () => {
    const machine = await chainOf("away");
    const { imageId } = machine;
    await rename(machine.repository, `${machine.repository}.away`);
    const { actionId } = await requestVerify(harness.ctx, { imageId, incrementId: null });
    const failed = await harness.until(actionId, (row) => row.state === "FAILED");
    expect(failed.error).toContain("Is the file system mounted?");
    await expect(scanRepository(harness.ctx, machine.datastoreId)).rejects.toThrow("mounted");
    await rename(`${machine.repository}.away`, machine.repository);
    expect(await pointsOf(imageId)).toMatchObject([0, 1, 2].map(() => ({ verification: "checksummed", broken: null })));

    const all = await requestVerifyDatastore(harness.ctx, machine.datastoreId);
    expect(all).toMatchObject({ actionIds: [expect.any(Number)], skipped: 0 });
    const [running = -1] = all.actionIds;
    await expect(requestImageDelete(harness.ctx, imageId)).rejects.toThrow(`being read by verify ${running}`);
    expect(await requestVerifyDatastore(harness.ctx, machine.datastoreId)).toEqual({ actionIds: [], skipped: 1 });
    await cancelAction(harness.ctx, running).catch(() => undefined); // it may have ended already
    await harness.until(running, (row) => row.endedAt !== null);
  });
});

describe("leftovers", () => {
  test("are listed with what they are, removed on request, and a point whose folder is gone is marked", async () => {
    const machine = await chainOf("leftovers");
    const { imageId, datastoreId, vmId } = machine;
    const folder = join(machine.repository, String(vmId));
    const upload = "a".repeat(24);
    const unknown = "b".repeat(24);
    await mkdir(join(folder, `.tmp-${upload}`));
    await writeFile(join(folder, `.tmp-${upload}`, "disk.0.0"), Buffer.alloc(7000));
    await mkdir(join(folder, unknown));
    await mkdir(join(folder, "holiday"));
    const scan = await scanRepository(harness.ctx, datastoreId);
    expect(scan.missing).toEqual([]);
    expect(scan.entryCount).toBe(6);
    expect(scan.orphans.map((orphan) => [orphan.kind, orphan.backupId, orphan.keepReason !== null])).toEqual(
      expect.arrayContaining([
        ["upload", upload, false],
        ["point", unknown, false],
        ["other", null, true],
      ]),
    );
    expect(scan.orphans).toHaveLength(3);

    const recorded = await harness.core.db.increment.findUniqueOrThrow({ where: { imageId_id: { imageId, id: 1 } } });
    const entries = [upload, unknown, recorded.source].map((backupId) => ({ vmId, backupId }));
    await expect(requestOrphanRemoval(harness.ctx, { datastoreId, entries, confirm: "yes" })).rejects.toThrow("Type");
    const confirm = "repository-leftovers";
    const { actionId } = await requestOrphanRemoval(harness.ctx, { datastoreId, entries, confirm });
    const row = await harness.finished(actionId);
    expect(row).toMatchObject({ state: "DONE", bytes: 7000 });
    expect(row.warnings).toEqual([expect.stringContaining("recorded point")]);
    expect((await readdir(folder)).sort()).toEqual([...(await sourcesOf(imageId)), "holiday"].sort());
    const audit = await harness.core.db.auditEntry.findMany({
      where: { what: "orphan-remove", objectId: datastoreId },
    });
    expect(audit.length).toBeGreaterThanOrEqual(2);

    await rm(join(folder, recorded.source), { recursive: true });
    const second = await scanRepository(harness.ctx, datastoreId);
    expect(second.missing).toMatchObject([{ imageId, incrementId: 1, vmId }]);
    expect(await pointsOf(imageId)).toMatchObject([
      { broken: null },
      { verification: "failed", broken: "Its folder is no longer in the repository." },
      { broken: "It needs increment 1, which is damaged." },
    ]);
  });

  const sourcesOf = async (imageId: number) =>
    (await harness.core.db.increment.findMany({ where: { imageId } })).map((row) => row.source);
});

describe("boot check", () => {
  async function bootable(name: string): Promise<TestMachine & { imageId: number }> {
    const machine = await makeMachine(harness, name, { sizeMib: 16, dataMib: 1 });
    const sector = bootSector();
    const raw = join(harness.dir, `${name}.raw`);
    await writeFile(raw, Buffer.concat([sector, Buffer.alloc(16 * 1024 * 1024 - sector.length)]));
    await tool("qemu-img", "convert", "-n", "-f", "raw", "-O", "qcow2", raw, machine.disk);
    const { actionId } = await requestBackup(harness.ctx, {
      vmId: machine.vmId,
      datastoreId: machine.datastoreId,
      reset: false,
    });
    return { ...machine, imageId: (await harness.finished(actionId)).imageId ?? -1 };
  }
  const scratch = (actionId: number) => join(harness.core.config.home, "scratch", `boot-${actionId}`);

  test("starts the disks of a point, keeps what was seen, and leaves nothing behind", async () => {
    const { imageId } = await bootable("bootable");
    const stale = scratch(999_999);
    await mkdir(stale, { recursive: true });
    const { actionId } = await requestBootCheck(harness.ctx, { imageId, incrementId: 0 });
    const row = await harness.finished(actionId);
    expect(row).toMatchObject({ state: "DONE", error: null, warnings: [] });
    const check = await getBootCheck(harness.ctx, imageId, 0);
    expect(check).toMatchObject({ verdict: "alive", console: "STRATA", hasScreenshot: true, actionId });
    expect(check).toMatchObject({ restoreSeconds: expect.any(Number), bootSeconds: expect.any(Number) });
    const picture = Buffer.from(await readScreenshot(harness.ctx, imageId, 0));
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    expect((await pointsOf(imageId))[0]).toMatchObject({
      bootCheck: { verdict: "alive" },
      verification: "checksummed",
    });
    expect(existsSync(scratch(actionId))).toBe(false);
    expect(existsSync(stale)).toBe(false);
  });

  test("a cancel switches the machine off and records nothing", async () => {
    const machine = await makeMachine(harness, "unbootable", { sizeMib: 16, dataMib: 1 });
    const backup = await requestBackup(harness.ctx, {
      vmId: machine.vmId,
      datastoreId: machine.datastoreId,
      reset: false,
    });
    const imageId = (await harness.finished(backup.actionId)).imageId ?? -1;
    const { actionId } = await requestBootCheck(harness.ctx, { imageId, incrementId: 0 });
    await harness.until(actionId, (row) => row.progress.phase === "booting" && row.progress.total > 0);
    await cancelAction(harness.ctx, actionId);
    const row = await harness.until(actionId, (each) => each.endedAt !== null);
    expect(row.state).toBe("CANCELLED");
    expect(existsSync(scratch(actionId))).toBe(false);
    expect(await getBootCheck(harness.ctx, imageId, 0)).toBeNull();
  });
});
