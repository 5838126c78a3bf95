import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { vectors } from "../../domain/template";
import {
  change,
  isSameContent,
  makeFilesystemDisk,
  scatteredChanges,
  seeded,
  snapshotOf,
  tool,
} from "../../drivers/testing/disks";
import { listActions } from "../action/queries";
import { createRsyncDatastore } from "../datastore/commands";
import { getRestorePlan } from "../restore/queries";
import { requestRestore } from "../restore/request";
import { type Harness, startHarness } from "../testing/harness";
import { updateBackupConfig } from "../vm/commands";
import { getVm, listVmChains } from "../vm/queries";
import { registerVm } from "../vm/register";
import { requestBackup } from "./request";

const MIB = 1024 * 1024;
let harness: Harness;
let vmId: number;
let datastoreId: number;
let disks: [string, string];
/** Copies of both disks at the moment of each increment. */
const moments: [string, string][] = [];

beforeAll(async () => {
  harness = await startHarness();
  disks = [join(harness.dir, "system 'disk' $(x).qcow2"), join(harness.dir, "volatile.qcow2")];
  await makeFilesystemDisk(disks[0], 256 * MIB, "qcow2", { "etc/hostname": "web-01\n" });
  await makeFilesystemDisk(disks[1], 64 * MIB, "qcow2", { "cache/readme": "volatile\n" });
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
    name: "web-01",
    hostId: 0,
    systemDatastoreId: 0,
    cpu: 1,
    memoryMb: 512,
    disks: [
      { path: disks[0], format: "qcow2", isVolatile: false },
      { path: disks[1], format: "qcow2", isVolatile: true },
    ],
    nics: [{ network: "lan", ip: "192.0.2.5" }],
  }));
  await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT", backupVolatile: true } });
});

afterAll(() => harness.close());

async function keepMoment(): Promise<void> {
  const copies: [string, string] = [
    join(harness.dir, `moment-${moments.length}-0.qcow2`),
    join(harness.dir, `moment-${moments.length}-1.qcow2`),
  ];
  await snapshotOf(disks[0], copies[0]);
  await snapshotOf(disks[1], copies[1]);
  moments.push(copies);
}

test("a full and five increments of two disks, each restored to exactly its moment", async () => {
  const random = seeded(7);
  for (let increment = 0; increment < 6; increment += 1) {
    if (increment > 0) {
      await change(disks[0], ...scatteredChanges(random, 256 * MIB));
      await change(disks[1], ...scatteredChanges(random, 64 * MIB, 4));
      await change(disks[0], "write -z 32M 1M", "discard 48M 2M");
    }
    await keepMoment();
    const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset: false });
    const row = await harness.finished(actionId);
    expect(row.error).toBeNull();
    expect(row).toMatchObject({ state: "DONE", warnings: [], result: { incrementId: increment } });
    expect(await getVm(harness.ctx, vmId)).toMatchObject({ state: "POWEROFF", protection: "protected" });
  }
  const [chain, ...others] = await listVmChains(harness.ctx, vmId);
  expect(others).toEqual([]);
  expect(chain).toMatchObject({ isChain: true, isOpen: true, state: "READY" });
  expect(chain?.points.map((point) => [point.incrementId, point.parentId, point.type])).toEqual([
    [0, -1, "FULL"],
    [1, 0, "INCREMENT"],
    [2, 1, "INCREMENT"],
    [3, 2, "INCREMENT"],
    [4, 3, "INCREMENT"],
    [5, 4, "INCREMENT"],
  ]);
  for (const point of chain?.points ?? []) {
    const request = {
      imageId: point.imageId,
      incrementId: point.incrementId,
      datastoreId: 1,
      name: `restored-${point.incrementId}`,
      network: "no_ip" as const,
      diskIds: [],
      instantiate: { name: `web-restored-${point.incrementId}`, hostId: 0, systemDatastoreId: 0 },
    };
    const plan = await getRestorePlan(harness.ctx, request);
    expect(plan).toMatchObject({ incrementId: point.incrementId, isRunnable: true });
    expect(plan.totalBytesToRead).toBe(point.restoreBytes);
    const { actionId } = await requestRestore(harness.ctx, request);
    const row = await harness.finished(actionId);
    expect(row.error).toBeNull();
    const restored = await harness.core.db.vm.findUniqueOrThrow({ where: { id: row.result.vmId ?? -1 } });
    expect(restored.state).toBe("POWEROFF");
    const vmDir = join(harness.core.config.datastoreLocation, "0", String(restored.id));
    for (const diskId of [0, 1] as const) {
      const moment = moments[point.incrementId]?.[diskId] ?? "";
      expect(await isSameContent(join(vmDir, `disk.${diskId}`), moment)).toBe(true);
      const other = moments[point.incrementId === 0 ? 1 : 0]?.[diskId] ?? "";
      expect(await isSameContent(join(vmDir, `disk.${diskId}`), other)).toBe(false);
    }
    const [nic] = vectors(restored.template as never, "NIC");
    expect(nic?.["IP"]).toBeUndefined();
  }
});

test("a disk that grew starts a new chain by itself, and says why", async () => {
  await tool("qemu-img", "resize", "-q", "-f", "qcow2", disks[0], "320M");
  await keepMoment();
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId: null, reset: false });
  const row = await harness.finished(actionId);
  expect(row).toMatchObject({ state: "DONE", result: { incrementId: 0 } });
  expect(row.result.chainReset).toMatch(/disk 0/i);
  expect(row.warnings.join()).toContain(row.result.chainReset);
  const chains = await listVmChains(harness.ctx, vmId);
  expect(chains.map((chain) => [chain.points.length, chain.isOpen])).toEqual([
    [1, true],
    [6, false],
  ]);
});

test("an unreadable disk fails with its name, and leaves nothing behind", async () => {
  const { disks: known } = await getVm(harness.ctx, vmId);
  expect(known).toHaveLength(2);
  await tool("mv", disks[1], `${disks[1]}.gone`);
  const before = await readdir(join(harness.dir, "repository", String(vmId)));
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId: null, reset: false });
  const row = await harness.finished(actionId);
  await tool("mv", `${disks[1]}.gone`, disks[1]);
  expect(row.state).toBe("FAILED");
  expect(row.error).toContain("disk.1");
  expect(await harness.logOf(actionId)).toContain("disk.1");
  expect(await readdir(join(harness.dir, "repository", String(vmId)))).toEqual(before);
  const staging = join(harness.core.config.datastoreLocation, "0", String(vmId), "backup");
  await expect(access(staging)).rejects.toThrow();
  expect((await getVm(harness.ctx, vmId)).state).toBe("POWEROFF");
  const again = await requestBackup(harness.ctx, { vmId, datastoreId: null, reset: false });
  expect(await harness.finished(again.actionId)).toMatchObject({ state: "DONE", result: { incrementId: 1 } });
});

test("the same VM is never backed up twice at once", async () => {
  const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId: null, reset: false });
  await expect(requestBackup(harness.ctx, { vmId, datastoreId: null, reset: false })).rejects.toThrow(
    /state BACKUP_POWEROFF/,
  );
  expect((await harness.finished(actionId)).state).toBe("DONE");
  const { total } = await listActions(harness.ctx, {
    offset: 0,
    limit: 1,
    descending: false,
    kind: "backup",
    state: "RUNNING",
  });
  expect(total).toBe(0);
});
