import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { change, isSameContent, makeDisk, snapshotOf } from "../../drivers/testing/disks";
import type { Ctx } from "../context";
import { createRsyncDatastore } from "../datastore/commands";
import { updateBackupConfig } from "../vm/commands";
import { registerVm } from "../vm/register";
import type { Harness } from "./harness";
import type { Scene } from "./invariants";

const MIB = 1024 * 1024;

/** A VM with a real disk and a repository for it, for tests of faults. */
export interface TestMachine {
  vmId: number;
  datastoreId: number;
  disk: string;
  repository: string;
  /** Folder of the VM on its host. */
  vmDir: string;
  /** Keep the disk as it is now; the path of the copy. */
  keepMoment(name: string): Promise<string>;
}

/** The fields of a core that outlive it, so that a machine can be used with the next one. */
type Place = Pick<Harness, "dir"> & { ctx: Ctx };

/** @param sizeMib of the disk; `dataMib` of it are written, which is what a full backup moves */
export async function makeMachine(
  place: Place,
  name: string,
  options: { sizeMib?: number; dataMib?: number; diskName?: string; limitMb?: number } = {},
): Promise<TestMachine> {
  const { sizeMib = 256, dataMib = 48, diskName = `${name}.qcow2`, limitMb = null } = options;
  const disk = join(place.dir, diskName);
  const repository = join(place.dir, `repository of ${name}`);
  await makeDisk(disk, sizeMib * MIB);
  await change(disk, `write -P 17 0 ${dataMib}M`);
  const { datastoreId } = await createRsyncDatastore(place.ctx, {
    name: `repository-${name}`,
    driver: "rsync",
    host: "localhost",
    user: "root",
    port: 22,
    basePath: repository,
    limitMb,
    rsyncArgs: null,
  });
  const { vmId } = await registerVm(place.ctx, {
    name,
    hostId: 0,
    systemDatastoreId: 0,
    cpu: 1,
    memoryMb: 128,
    disks: [{ path: disk, format: "qcow2", isVolatile: false }],
    nics: [],
  });
  await updateBackupConfig(place.ctx, { vmId, config: { mode: "INCREMENT" } });
  return {
    vmId,
    datastoreId,
    disk,
    repository,
    vmDir: join(place.ctx.core.config.datastoreLocation, "0", String(vmId)),
    async keepMoment(moment) {
      const copy = join(place.dir, `${name}-${moment}.qcow2`);
      await snapshotOf(disk, copy);
      return copy;
    },
  };
}

/** All that `assertInvariants` looks at, also while the core of the harness is stopped (`db`: one that is open). */
export function sceneOf(harness: Harness, db: Scene["db"], ...machines: TestMachine[]): Scene {
  const repositories = new Map(machines.map(({ datastoreId, repository }) => [datastoreId, repository]));
  return { db, config: harness.core.config, dir: harness.dir, repositories };
}

/** Names in a folder, none when it is missing. */
export async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

/** The VM is free, and nothing of an unfinished backup is on the host or in the repository. */
export async function expectNothingLeft(ctx: Ctx, machine: TestMachine, points: number): Promise<void> {
  const vm = await ctx.core.db.vm.findUniqueOrThrow({ where: { id: machine.vmId } });
  expect(vm.state).toBe("POWEROFF");
  await expect(access(join(machine.vmDir, "backup"))).rejects.toThrow();
  const stored = await namesIn(join(machine.repository, String(machine.vmId)));
  expect(stored.filter((name) => name.startsWith("."))).toEqual([]);
  expect(stored).toHaveLength(points);
  expect(await ctx.core.db.increment.count({ where: { image: { vmId: machine.vmId } } })).toBe(points);
}

/** Restore a point (the newest when null) with a VM, and compare its disk with a kept moment. */
export async function expectRestores(
  harness: Harness,
  requestRestore: (name: string) => Promise<{ actionId: number }>,
  moment: string,
  name: string,
): Promise<void> {
  const { actionId } = await requestRestore(name);
  const row = await harness.finished(actionId);
  expect(row.error).toBeNull();
  expect(row.state).toBe("DONE");
  const vmDir = join(harness.core.config.datastoreLocation, "0", String(row.result.vmId));
  expect(await isSameContent(join(vmDir, "disk.0"), moment)).toBe(true);
}
