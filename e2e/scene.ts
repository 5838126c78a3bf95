import { rename } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { change, read, runEnds } from "./api";
import { makeDisk } from "./disks";
import type { StrataServer } from "./strata-server";

/** Every kind of object the pages show, by id. */
export interface Scene {
  /** A demo machine with two chains; its first has a full and two increments. */
  webVm: number;
  webImage: number;
  dbVm: number;
  /** A VM whose last backup failed. */
  failingVm: number;
  /** A VM without a point. */
  newVm: number;
  backupRun: number;
  failedRun: number;
  restoreRun: number;
  demoDatastore: number;
  /** A backup job with a schedule, that has not run yet. */
  job: number;
}

interface Started {
  actionId: number;
}

/**
 * Real data of every kind in an empty Strata: the demo machines, chains, a failed backup, a restore to a machine.
 * `page` is signed in.
 */
export async function makeScene(page: Page, strata: StrataServer): Promise<Scene> {
  await runEnds(page, (await change<Started>(page, "demo.load", null)).actionId);
  const { rows } = await read<{ rows: { id: number; name: string }[] }>(page, "vm.list", {});
  const vmOf = (name: string) => rows.find((row) => row.name === name)?.id ?? -1;
  const webVm = vmOf("demo-web-01");
  const dbVm = vmOf("demo-db-01");
  const datastores = await read<{ id: number; name: string }[]>(page, "datastore.list", { type: "BACKUP" });
  const demoDatastore = datastores.find((row) => row.name === "demo-backups")?.id ?? -1;

  const backUp = (vmId: number, more: object = {}) =>
    change<Started>(page, "backup.request", { vmId, datastoreId: demoDatastore, ...more });
  const backedUp = async (vmId: number, more: object = {}) => {
    const { actionId } = await backUp(vmId, more);
    return { actionId, run: await runEnds(page, actionId) };
  };
  const changed = async (vmId: number) =>
    runEnds(page, (await change<Started>(page, "demo.change", { vmId })).actionId);

  const first = await backedUp(webVm);
  await changed(webVm);
  const second = await backedUp(webVm);
  await changed(webVm);
  await backedUp(webVm);
  await changed(webVm);
  await backedUp(webVm, { reset: true });
  await backedUp(dbVm);

  const failingVm = await register(page, strata, "erp-01");
  await backedUp(failingVm);
  await rename(diskFile(strata, "erp-01"), `${diskFile(strata, "erp-01")}.away`);
  const failed = await backUp(failingVm);
  await runEnds(page, failed.actionId, "FAILED");
  const newVm = await register(page, strata, "mail-01");

  const webImage = first.run.result.imageId ?? -1;
  const restore = await change<Started>(page, "restore.start", {
    imageId: webImage,
    incrementId: second.run.result.incrementId ?? -1,
    datastoreId: 1,
    network: "no_ip",
    name: "web-before-the-patch",
    instantiate: { name: "web-before-the-patch", hostId: 0, systemDatastoreId: 0 },
  });
  await runEnds(page, restore.actionId);
  const { jobId: job } = await change<{ jobId: number }>(page, "job.create", {
    ...{ name: "nightly", vmIds: [newVm, failingVm], datastoreId: demoDatastore, mode: "INCREMENT", keepLast: 7 },
    schedules: [{ time: nextNight(), repeat: "weekly", days: [0, 1, 2, 3, 4, 5, 6], zone: "Europe/Madrid" }],
  });
  return {
    job,
    ...{ webVm, webImage, dbVm, failingVm, newVm, demoDatastore },
    ...{ backupRun: second.actionId, failedRun: failed.actionId, restoreRun: restore.actionId },
  };
}

/** Epoch seconds of 02:00 UTC tomorrow. */
function nextNight(): number {
  return Math.floor(new Date().setUTCHours(26, 0, 0, 0) / 1000);
}

/** Start a backup that goes on for minutes; answers its run. */
export async function startSlowBackup(page: Page, strata: StrataServer): Promise<{ actionId: number; vmId: number }> {
  const { datastoreId } = await change<{ datastoreId: number }>(page, "datastore.createRsync", {
    name: "offsite",
    driver: "rsync",
    host: "localhost",
    user: "root",
    port: 22,
    basePath: path.join(strata.home, "offsite"),
    limitMb: null,
    rsyncArgs: "-a --bwlimit=200k",
  });
  const vmId = await register(page, strata, "files-01", 128);
  const { actionId } = await change<Started>(page, "backup.request", { vmId, datastoreId });
  return { actionId, vmId };
}

async function register(page: Page, strata: StrataServer, name: string, dataMb = 8): Promise<number> {
  await makeDisk(diskFile(strata, name), 2 * dataMb, dataMb);
  const disks = [{ path: diskFile(strata, name), format: "qcow2", isVolatile: false }];
  const { vmId } = await change<{ vmId: number }>(page, "vm.register", { name, cpu: 1, memoryMb: 1024, disks });
  return vmId;
}

function diskFile(strata: StrataServer, name: string): string {
  return path.join(strata.home, `${name}.qcow2`);
}
