import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { vectors } from "../../domain/template";
import { change, isSameContent, makeFilesystemDisk, snapshotOf } from "../../drivers/testing/disks";
import { requestBackup } from "../backup/request";
import { createRsyncDatastore } from "../datastore/commands";
import { requestRestore } from "../restore/request";
import { type Harness, startHarness } from "../testing/harness";
import { updateBackupConfig } from "../vm/commands";
import { listVmChains } from "../vm/queries";
import { registerVm } from "../vm/register";
import { parseVm } from "../vm/rows";
import { pinPoint, unpinPoint } from "./pins";
import { previewRetention } from "./preview";

const MIB = 1024 * 1024;
const DAY = 86_400_000;
/** Where it is noon now: no day may end while the test runs. */
const SHIFT = 12 - new Date().getUTCHours();
const ZONE = SHIFT >= 0 ? `Etc/GMT-${SHIFT}` : `Etc/GMT+${-SHIFT}`;
let harness: Harness;
let vmId: number;
let datastoreId: number;
let disk: string;
/** A copy of the disk at the moment of each point. */
const moments = new Map<string, string>();

beforeAll(async () => {
  harness = await startHarness();
  disk = join(harness.dir, "disk.qcow2");
  await makeFilesystemDisk(disk, 48 * MIB, "qcow2", { "etc/hostname": "web\n" });
  ({ datastoreId } = await createRsyncDatastore(harness.ctx, {
    name: "repository",
    driver: "rsync",
    host: "localhost",
    user: "root",
    port: 22,
    basePath: join(harness.dir, "repository"),
    limitMb: null,
    rsyncArgs: null,
  }));
  ({ vmId } = await registerVm(harness.ctx, {
    name: "web",
    hostId: 0,
    systemDatastoreId: 0,
    cpu: 1,
    memoryMb: 128,
    disks: [{ path: disk, format: "qcow2", isVolatile: false }],
    nics: [],
  }));
  await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT" } });
});

afterAll(() => harness.close());

/** Change the disk and back it up; `daysAgo` dates the point back, as if it had been made then. */
async function backup(daysAgo: number, reset = false): Promise<{ imageId: number; incrementId: number }> {
  const mark = moments.size + 1;
  await change(disk, `write -P ${mark} ${mark}M 64k`, `write -P ${mark + 100} 30M 128k`);
  const copy = join(harness.dir, `moment-${mark}.qcow2`);
  await snapshotOf(disk, copy);
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset });
  const row = await harness.finished(actionId);
  expect(row.error).toBeNull();
  const { imageId = -1, incrementId = -1 } = row.result;
  await harness.core.db.increment.update({
    where: { imageId_id: { imageId, id: incrementId } },
    data: { at: new Date(Date.now() - daysAgo * DAY) },
  });
  moments.set(`${imageId}.${incrementId}`, copy);
  return { imageId, incrementId };
}

/** Everything that retention has queued, run to its end. */
async function settled(): Promise<void> {
  const queued = await harness.core.db.action.findMany({
    where: { kind: { in: ["image-delete", "increment-flatten"] }, state: { in: ["PENDING", "RUNNING"] } },
  });
  for (const { id } of queued) expect(await harness.finished(id)).toMatchObject({ state: "DONE", error: null });
}

const pointsLeft = async () =>
  (await listVmChains(harness.ctx, vmId)).flatMap((chain) =>
    chain.points.map((point) => `${point.imageId}.${point.incrementId}`),
  );

/** What the preview says that will be left, and that it is what the next backup leaves. */
async function keepAsAnnounced(): Promise<{ imageId: number; incrementId: number }> {
  const preview = await previewRetention(harness.ctx, { vmId });
  const announced = preview.points.filter((point) => point.fate === "keep" && !point.isNext);
  const next = await backup(0);
  await settled();
  const left = await pointsLeft();
  expect(left.filter((key) => key !== `${next.imageId}.${next.incrementId}`).sort()).toEqual(
    announced.map((point) => `${point.imageId}.${point.incrementId}`).sort(),
  );
  return next;
}

async function restoresToItsMoment(imageId: number, incrementId: number): Promise<void> {
  const name = `restored-${imageId}-${incrementId}-${Date.now()}`;
  const { actionId } = await requestRestore(harness.ctx, {
    imageId,
    incrementId,
    datastoreId: 1,
    name,
    network: "no_ip",
    diskIds: [],
    instantiate: { name, hostId: 0, systemDatastoreId: 0 },
  });
  const row = await harness.finished(actionId);
  expect(row.error).toBeNull();
  const vm = parseVm(await harness.core.db.vm.findUniqueOrThrow({ where: { id: row.result.vmId ?? -1 } }));
  expect(vectors(vm.template, "DISK")).toHaveLength(1);
  const file = join(harness.core.config.datastoreLocation, "0", String(vm.id), "disk.0");
  await access(file);
  expect(await isSameContent(file, moments.get(`${imageId}.${incrementId}`) ?? "")).toBe(true);
}

test("GFS deletes and merges what the preview said, spares pinned points, and every point that stays restores", async () => {
  const old = await backup(60);
  const first = await backup(30, true);
  const { imageId } = first;
  const pinned = await backup(20);
  await backup(2);
  const yesterday = await backup(1);
  await updateBackupConfig(harness.ctx, {
    vmId,
    config: {
      mode: "INCREMENT",
      keepLast: 1,
      gfs: { hourly: 0, daily: 2, weekly: 0, monthly: 0, yearly: 0, zone: ZONE },
    },
  });
  await pinPoint(harness.ctx, { imageId, incrementId: pinned.incrementId, until: Date.now() + DAY, note: "release" });

  const today = await keepAsAnnounced();
  expect(old.imageId).not.toBe(imageId);
  expect((await pointsLeft()).sort()).toEqual([1, 2, 3, 4].map((id) => `${imageId}.${id}`));
  await restoresToItsMoment(imageId, pinned.incrementId);
  await restoresToItsMoment(imageId, 2);

  // Without the pin the next backup merges up to the newest point of the day before.
  await unpinPoint(harness.ctx, { imageId, incrementId: pinned.incrementId });
  const last = await keepAsAnnounced();
  expect((await pointsLeft()).sort()).toEqual([3, 4, 5].map((id) => `${imageId}.${id}`));
  for (const { incrementId } of [yesterday, today, last]) await restoresToItsMoment(imageId, incrementId);
  expect(harness.errors).toEqual([]);
});
