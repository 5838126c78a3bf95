import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { isFinal } from "../../../domain/states";
import { change, isSameContent, tool } from "../../../drivers/testing/disks";
import { cancelAction } from "../../action/cancel";
import { requestBackup } from "../../backup/request";
import { requestImageDelete } from "../../image/commands";
import { requestImageCreate } from "../../image/create";
import { type GatedRemotes, makeGatedRemotes } from "../../testing/gated-remotes";
import { type Harness, startHarness } from "../../testing/harness";
import { makeMachine, type TestMachine } from "../../testing/machine";
import { parseVm } from "../../vm/rows";
import { requestRestore } from "../request";
import { getInPlacePlan, requestInPlaceRestore } from "./request";

const RESTORE = "tm/ssh/restore";
const UPLOAD = "datastore/rsync/backup";

let remotes: GatedRemotes;
let harness: Harness;
let machine: TestMachine;
/** Copies of the disk at each point. */
const moments: string[] = [];
let chainId = 0;

beforeAll(async () => {
  remotes = await makeGatedRemotes(inject("remotesDir"), [RESTORE, UPLOAD]);
  harness = await startHarness({ remotesDir: remotes.dir });
  machine = await makeMachine(harness, "in-place", { sizeMib: 96, dataMib: 16 });
  for (const write of ["write -P 1 1M 2M", "write -P 2 40M 1M", "write -z 1M 1M"]) {
    await change(machine.disk, write);
    moments.push(await machine.keepMoment(String(moments.length)));
    chainId = (await backup()).imageId ?? -1;
  }
});

afterAll(async () => {
  await harness.close();
  await remotes.remove();
});

async function backup() {
  const { actionId } = await requestBackup(harness.ctx, {
    vmId: machine.vmId,
    datastoreId: machine.datastoreId,
    reset: false,
  });
  const row = await harness.finished(actionId);
  expect(row).toMatchObject({ state: "DONE", error: null });
  return row.result;
}

function ask(options: { incrementId?: number; imageId?: number; safetyPoint?: boolean; diskId?: number } = {}) {
  const { incrementId = null, imageId = chainId, safetyPoint = false, diskId = null } = options;
  return { vmId: machine.vmId, imageId, incrementId, diskId, safetyPoint };
}

const vm = async () => parseVm(await harness.core.db.vm.findUniqueOrThrow({ where: { id: machine.vmId } }));
const isMoment = async (index: number) => await isSameContent(machine.disk, moments[index] ?? "");
const beside = async () => (await readdir(harness.dir)).filter((name) => name.includes(".strata-"));

async function restored(request: Parameters<typeof requestInPlaceRestore>[1]) {
  const { actionId } = await requestInPlaceRestore(harness.ctx, request);
  const row = await harness.finished(actionId);
  expect(row).toMatchObject({ state: "DONE", error: null });
  return row;
}

describe("in place", () => {
  test("to every point: the disk is equal, the chain is closed with the reason, the next backup is a full", async () => {
    for (const incrementId of [0, 2, 1]) {
      await restored(ask({ incrementId }));
      expect(await isMoment(incrementId)).toBe(true);
      expect(await beside()).toEqual([]);
      expect(await vm()).toMatchObject({
        state: "POWEROFF",
        error: null,
        backupConfig: {
          incrementalBackupId: -1,
          lastIncrementId: -1,
          closedReason: `disk 0 was put back to increment ${incrementId} of backup ${chainId}`,
        },
      });
    }
    const full = await backup();
    expect(full.incrementId).toBe(0);
    expect(full.imageId).not.toBe(chainId);
    expect(full.chainReset).toBe(`disk 0 was put back to increment 1 of backup ${chainId}`);
    // That full, and an increment on top of it, restore right.
    await change(machine.disk, "write -P 7 60M 3M");
    moments.push(await machine.keepMoment("after"));
    const increment = await backup();
    expect(increment).toMatchObject({ imageId: full.imageId, incrementId: 1 });
    await change(machine.disk, "write -P 8 0 5M");
    await restored(ask({ imageId: full.imageId ?? -1, incrementId: 1 }));
    expect(await isMoment(3)).toBe(true);
    await restored(ask({ imageId: full.imageId ?? -1, incrementId: 0 }));
    expect(await isMoment(1)).toBe(true);
  });

  test("the safety point holds the state before, and is the way back", async () => {
    await change(machine.disk, "write -P 9 10M 6M");
    const before = await machine.keepMoment("before");
    const plan = await getInPlacePlan(harness.ctx, ask({ incrementId: 2, safetyPoint: true }));
    expect(plan).toMatchObject({ isRunnable: true, incrementId: 2, disks: [{ diskId: 0, path: machine.disk }] });
    expect(plan.steps.map((step) => step.id)).toEqual(["safety", "disk-0", "swap"]);
    const row = await restored(ask({ incrementId: 2, safetyPoint: true }));
    expect(await isMoment(2)).toBe(true);
    const { undo } = row.result;
    if (undo == null) throw new Error("no way back");
    await restored({ ...undo, vmId: machine.vmId, safetyPoint: false });
    expect(await isSameContent(machine.disk, before)).toBe(true);
  });

  test("a disk that grew goes back to its size; the plan says so and the VM knows it", async () => {
    await tool("qemu-img", "bitmap", "--remove", machine.disk, "one-0-0").catch(() => undefined);
    await harness.core.db.vm.update({
      where: { id: machine.vmId },
      data: { template: resized((await vm()).template, "128") },
    });
    await tool("qemu-img", "resize", "-q", "-f", "qcow2", machine.disk, "128M");
    const plan = await getInPlacePlan(harness.ctx, ask({ incrementId: 1 }));
    expect(plan.checks.find((check) => check.id === "size")).toMatchObject({
      level: "warning",
      text: expect.stringContaining("from 128 MiB to 96 MiB"),
    });
    await restored(ask({ incrementId: 1 }));
    expect(await isMoment(1)).toBe(true);
    expect((await vm()).template["DISK"]).toMatchObject([{ SIZE: "96" }]);
  });

  test("snapshots are named in the plan and forgotten with the disk that held them", async () => {
    const at = Date.UTC(2026, 1, 3);
    const current = await vm();
    await harness.core.db.vm.update({
      where: { id: machine.vmId },
      data: {
        template: { ...current.template, SNAPSHOT: [{ SNAPSHOT_ID: "0", NAME: "whole", TIME: String(at / 1000) }] },
        diskSnapshots: [
          { diskId: 0, currentBase: 0, nextId: 1, snapshots: [{ id: 0, name: "one", at, parentId: -1, sizeMb: 96 }] },
        ],
      },
    });
    const plan = await getInPlacePlan(harness.ctx, ask());
    expect(plan.lostSnapshots).toEqual([
      { diskId: null, name: "whole", at },
      { diskId: 0, name: "one", at },
    ]);
    await restored(ask());
    const after = await vm();
    expect(after.template["SNAPSHOT"]).toBeUndefined();
    expect(after.diskSnapshots).toEqual([{ diskId: 0, currentBase: -1, nextId: 1, snapshots: [] }]);
  });
});

describe("cancel and failure leave the disks as they were", () => {
  async function expectUntouched(before: string): Promise<void> {
    expect(await isSameContent(machine.disk, before)).toBe(true);
    expect(await beside()).toEqual([]);
    expect((await vm()).state).toBe("POWEROFF");
  }

  test.each([
    ["before the copy", () => "before" as const],
    ["in the middle of the copy", () => ({ whenFile: "*.strata-new*", below: harness.dir })],
  ])("cancelled %s", async (_name, at) => {
    await change(machine.disk, "write -P 33 3M 3M");
    const before = await machine.keepMoment("cancel");
    const config = (await vm()).backupConfig;
    await remotes.hold(RESTORE, at());
    const { actionId } = await requestInPlaceRestore(harness.ctx, ask({ incrementId: 0 }));
    await remotes.reached(RESTORE);
    expect((await vm()).state).toBe("RESTORE");
    // Nothing else may have the VM now, and the backup that is read stays.
    await expect(requestInPlaceRestore(harness.ctx, ask())).rejects.toThrow(`Run ${actionId} restores this VM already`);
    await expect(
      requestBackup(harness.ctx, { vmId: machine.vmId, datastoreId: machine.datastoreId, reset: false }),
    ).rejects.toThrow("RESTORE");
    await expect(requestImageDelete(harness.ctx, chainId)).rejects.toThrow(`${actionId}`);
    await cancelAction(harness.ctx, actionId);
    expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED", error: null });
    await remotes.release(RESTORE);
    await expectUntouched(before);
    expect((await vm()).backupConfig).toEqual(config);
  });

  test("cancelled after the swap it is too late: the run says so by ending well", async () => {
    await remotes.hold(RESTORE, "after");
    const { actionId } = await requestInPlaceRestore(harness.ctx, ask({ incrementId: 0 }));
    await remotes.reached(RESTORE);
    await cancelAction(harness.ctx, actionId);
    expect(await harness.finished(actionId)).toMatchObject({ state: "DONE" });
    await remotes.release(RESTORE);
    expect(await isMoment(0)).toBe(true);
    expect((await vm()).backupConfig.closedReason).toContain("increment 0");
  });

  test("cancelled during the safety point: both runs end, nothing is overwritten", async () => {
    await change(machine.disk, "write -P 34 3M 3M");
    const before = await machine.keepMoment("cancel-safety");
    await remotes.hold(UPLOAD, "before");
    const { actionId, safetyActionId } = await requestInPlaceRestore(
      harness.ctx,
      ask({ incrementId: 0, safetyPoint: true }),
    );
    await remotes.reached(UPLOAD);
    expect((await vm()).state).toBe("BACKUP_POWEROFF");
    await cancelAction(harness.ctx, actionId);
    expect(await harness.finished(actionId)).toMatchObject({ state: "CANCELLED" });
    expect(await harness.finished(safetyActionId ?? -1)).toMatchObject({ state: "CANCELLED" });
    await remotes.release(UPLOAD);
    await expectUntouched(before);
  });

  test("a safety point that fails stops the restore before anything is overwritten", async () => {
    const before = await machine.keepMoment("no-safety");
    await remotes.hold(UPLOAD, "before");
    const { actionId, safetyActionId } = await requestInPlaceRestore(
      harness.ctx,
      ask({ incrementId: 0, safetyPoint: true }),
    );
    await remotes.reached(UPLOAD);
    await cancelAction(harness.ctx, safetyActionId ?? -1);
    const row = await harness.until(actionId, (one) => isFinal(one.state));
    expect(row).toMatchObject({ state: "FAILED", error: expect.stringContaining("Nothing was overwritten") });
    await remotes.release(UPLOAD);
    await expectUntouched(before);
  });

  test("a VM that runs is refused with what to do, and a backup of another VM as well", async () => {
    const db = harness.core.db;
    await db.vm.update({ where: { id: machine.vmId }, data: { state: "RUNNING" } });
    await expect(requestInPlaceRestore(harness.ctx, ask())).rejects.toThrow("Power it off first");
    await db.vm.update({ where: { id: machine.vmId }, data: { state: "POWEROFF" } });
    await db.image.update({ where: { id: chainId }, data: { vmId: 999 } });
    await expect(requestInPlaceRestore(harness.ctx, ask())).rejects.toThrow("not of VM");
    await db.image.update({ where: { id: chainId }, data: { vmId: machine.vmId } });
    await expect(requestInPlaceRestore(harness.ctx, ask({ diskId: 5 }))).rejects.toThrow("disk 5");
  });
});

describe("an image from the URL of a backup", () => {
  const urlOf = async (upTo: number) => {
    const points = await harness.core.db.increment.findMany({ where: { imageId: chainId }, orderBy: { id: "asc" } });
    const chain = points.filter((point) => point.id <= upTo);
    const list = chain.map((point) => `${point.id}:${point.source}`).join(",");
    return `rsync://${machine.datastoreId}//${list}${machine.repository}/${machine.vmId}/${chain[0]?.source}/disk.0.0`;
  };

  test("holds the disk at that point", async () => {
    const made = await requestImageCreate(harness.ctx, { name: "by-url", datastoreId: 1, path: await urlOf(1) });
    expect(await harness.finished(made.actionId)).toMatchObject({ state: "DONE", error: null });
    const image = await harness.core.db.image.findUniqueOrThrow({ where: { id: made.imageId } });
    expect(image).toMatchObject({ state: "READY", format: "qcow2", sizeMb: 96, type: "DATABLOCK" });
    expect(await isSameContent(image.source, moments[1] ?? "")).toBe(true);
  });

  test("hostile and wrong URLs are refused before any driver sees them", async () => {
    const good = await urlOf(1);
    const refused = async (path: string, why: string | RegExp) =>
      await expect(requestImageCreate(harness.ctx, { name: "hostile", datastoreId: 1, path })).rejects.toThrow(why);
    await refused(good.replace(machine.repository, `${machine.repository}/../../etc`), "not the URL");
    await refused(good.replace("disk.0.0", "disk.0.0;reboot"), "not the URL");
    await refused(good.replace("disk.0.0", "disk.7.0"), "disk 7");
    await refused(good.replace(",1:", ",2:"), "no such backup");
    await refused(good.replace("rsync:", "restic:"), "no backup datastore of the driver restic");
    await refused(good.replace(`rsync://${machine.datastoreId}`, "rsync://1"), "no backup datastore");
    await refused("http://example.invalid/disk", "absolute path");
    await refused("file:///etc/passwd", "absolute path");
    await refused("/etc/passwd", "SAFE_DIRS");
    expect(await harness.core.db.image.count({ where: { name: "hostile" } })).toBe(0);
  });

  test("a stranger needs the right to use the backup and its datastore", async () => {
    const stranger = { ...harness.ctx, actor: { userId: 77, name: "stranger", groupIds: [1], isAdmin: false } };
    const path = await urlOf(1);
    await harness.core.db.datastore.update({ where: { id: 1 }, data: { permissions: 0o666 } });
    const create = () => requestImageCreate(stranger, { name: "stolen", datastoreId: 1, path });
    await expect(create()).rejects.toThrow(`USE right on datastore ${machine.datastoreId}`);
    await harness.core.db.datastore.update({ where: { id: machine.datastoreId }, data: { permissions: 0o666 } });
    await expect(create()).rejects.toThrow(`USE right on backup ${chainId}`);
    const request = ask();
    await expect(requestInPlaceRestore(stranger, request)).rejects.toThrow(`USE right on VM ${machine.vmId}`);
    await harness.core.db.vm.update({ where: { id: machine.vmId }, data: { permissions: 0o666 } });
    await harness.core.db.image.update({ where: { id: chainId }, data: { permissions: 0o666 } });
    await expect(requestInPlaceRestore(stranger, request)).rejects.toThrow(
      `ADMIN right on VM ${machine.vmId} to restore it`,
    );
  });

  test("a copy that fails leaves an image in ERROR with the reason, and no data", async () => {
    const points = await harness.core.db.increment.findMany({ where: { imageId: chainId }, orderBy: { id: "asc" } });
    const file = join(machine.repository, String(machine.vmId), points[1]?.source ?? "", "disk.0.1");
    const path = await urlOf(1);
    await rename(file, `${file}.away`);
    const made = await requestImageCreate(harness.ctx, { name: "broken", datastoreId: 1, path });
    expect(await harness.finished(made.actionId)).toMatchObject({ state: "FAILED" });
    expect(await harness.core.db.image.findUniqueOrThrow({ where: { id: made.imageId } })).toMatchObject({
      state: "ERROR",
      error: expect.stringContaining("missing"),
    });
    await rename(`${file}.away`, file);
  });
});

function resized(template: Awaited<ReturnType<typeof vm>>["template"], size: string) {
  return {
    ...template,
    DISK: (template["DISK"] ?? []).map((disk) => (typeof disk === "string" ? disk : { ...disk, SIZE: size })),
  };
}

test("a copy of a disk is attached to a VM that exists, and to none that may not have it", async () => {
  const request = {
    imageId: chainId,
    incrementId: 1,
    datastoreId: 1,
    name: "copy",
    network: "keep" as const,
    diskIds: [0],
    instantiate: null,
    attach: { vmId: machine.vmId, target: "vdc" },
  };
  const { actionId } = await requestRestore(harness.ctx, request);
  const row = await harness.finished(actionId);
  expect(row).toMatchObject({ state: "DONE", warnings: [], result: { attach: { vmId: machine.vmId, error: null } } });
  const disks = (await vm()).template["DISK"] ?? [];
  const attached = disks.find((disk) => typeof disk !== "string" && disk["TARGET"] === "vdc");
  if (attached === undefined || typeof attached === "string") throw new Error("no disk vdc");
  expect(attached["IMAGE_ID"]).toBe(String(row.result.imageIds?.[0]));
  expect(await isSameContent(join(machine.vmDir, `disk.${attached["DISK_ID"]}`), moments[1] ?? "")).toBe(true);
  // In place, that disk is none of the point's: it stays as it is.
  const plan = await getInPlacePlan(harness.ctx, ask({ incrementId: 0 }));
  expect(plan.untouched).toEqual([{ diskId: Number(attached["DISK_ID"]), why: "Not part of the backup." }]);

  await harness.core.db.vm.update({ where: { id: machine.vmId }, data: { state: "BACKUP_POWEROFF" } });
  await expect(requestRestore(harness.ctx, { ...request, name: "refused" })).rejects.toThrow(
    "no disk can be attached now",
  );
  await harness.core.db.vm.update({ where: { id: machine.vmId }, data: { state: "POWEROFF" } });
});
