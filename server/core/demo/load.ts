import { randomBytes } from "node:crypto";
import { access } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { BackupConfig } from "../../domain/backup-config";
import { CreateResticDatastore } from "../../domain/datastore";
import type { ActionHandler, Run } from "../action/handler";
import { createResticDatastore, createRsyncDatastore } from "../datastore/commands";
import { updateBackupConfig } from "../vm/commands";
import { registerVm } from "../vm/register";
import { type DiskFiles, makeDisk } from "./disks";

interface DemoVm {
  name: string;
  memoryMb: number;
  disks: { file: string; sizeMb: number; isVolatile: boolean; files: DiskFiles }[];
}

/** Small machines with real files, so that the main job can be tried in a minute. */
const DEMO_VMS: readonly DemoVm[] = [
  {
    name: "demo-web-01",
    memoryMb: 1024,
    disks: [
      {
        file: "system.qcow2",
        sizeMb: 256,
        isVolatile: false,
        files: {
          "/etc/hostname": "demo-web-01\n",
          "/srv/www/index.html": "<h1>State 1</h1>\n",
          "/srv/www/image.bin": { randomMb: 24 },
        },
      },
      {
        file: "scratch.qcow2",
        sizeMb: 64,
        isVolatile: true,
        files: { "/cache/readme.txt": "A volatile disk: included when the backup settings say so.\n" },
      },
    ],
  },
  {
    name: "demo-db-01",
    memoryMb: 2048,
    disks: [
      {
        file: "system.qcow2",
        sizeMb: 192,
        isVolatile: false,
        files: { "/etc/hostname": "demo-db-01\n", "/srv/www/index.html": "<h1>State 1</h1>\n" },
      },
      { file: "data.qcow2", sizeMb: 512, isVolatile: false, files: { "/db/table.bin": { randomMb: 48 } } },
    ],
  },
];

export const DEMO_DATASTORE = "demo-backups";
export const DEMO_RESTIC_DATASTORE = "demo-restic";
/** Of a password that nobody has to type: it is sealed in the database and opened for restic alone. */
const PASSWORD_BYTES = 24;

/** Where the demo machines' disk files are; a VM with disks below it is a demo machine. */
export function demoFolder(home: string): string {
  return join(home, "demo");
}

/** Two VMs and two backup datastores in local folders, one of each driver. Each step looks first at what is there: it may be repeated. */
export const demoLoadHandler: ActionHandler<{ vmIds: number[] }> = {
  async work(run) {
    await run.progress.phase("preparing");
    await run.step("datastores", () => makeDatastores(run));
    await run.progress.phase("copying");
    const vmIds: number[] = [];
    for (const [index, vm] of DEMO_VMS.entries()) {
      run.progress.bytes(index, DEMO_VMS.length);
      await run.step(`disks-${vm.name}`, () => makeDisks(run, vm));
      vmIds.push(await run.step(`register-${vm.name}`, () => registerDemo(run, vm)));
      run.log.add("INFO", `${vm.name} is ready`);
    }
    return { vmIds };
  },
  async cleanUp() {
    // What was made is of use, and the next load goes on from it.
  },
  async record(_tx, _run, worked) {
    return worked.ok ? { result: { vmId: worked.value.vmIds[0] ?? null } } : {};
  },
};

async function makeDatastores(run: Run): Promise<null> {
  const ctx = { core: run.core, actor: run.action.actor };
  const names = [DEMO_DATASTORE, DEMO_RESTIC_DATASTORE];
  const rows = await run.core.db.datastore.findMany({ where: { name: { in: names } }, select: { name: true } });
  const existing = new Set(rows.map((row) => row.name));
  const common = { host: "localhost", user: userInfo().username, port: 22, limitMb: null };
  const folder = (name: string) => join(demoFolder(run.core.config.home), name);
  if (!existing.has(DEMO_DATASTORE)) {
    const rsync = { ...common, driver: "rsync" as const, rsyncArgs: null };
    await createRsyncDatastore(ctx, { ...rsync, name: DEMO_DATASTORE, basePath: folder("backups") });
  }
  if (!existing.has(DEMO_RESTIC_DATASTORE)) {
    const restic = CreateResticDatastore.parse({
      ...common,
      name: DEMO_RESTIC_DATASTORE,
      basePath: folder("restic"),
      password: randomBytes(PASSWORD_BYTES).toString("base64url"),
    });
    await createResticDatastore(ctx, restic);
  }
  return null;
}

async function makeDisks(run: Run, vm: DemoVm): Promise<null> {
  for (const disk of vm.disks) {
    const path = diskPath(run, vm, disk.file);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) await makeDisk(path, disk.sizeMb, disk.files, run.signal);
  }
  return null;
}

async function registerDemo(run: Run, vm: DemoVm): Promise<number> {
  const ctx = { core: run.core, actor: run.action.actor };
  const existing = await run.core.db.vm.findFirst({
    where: { name: vm.name, state: { not: "DONE" } },
    select: { id: true, backupConfig: true },
  });
  const { vmId } =
    existing !== null
      ? { vmId: existing.id }
      : await registerVm(ctx, {
          name: vm.name,
          hostId: 0,
          systemDatastoreId: 0,
          cpu: 1,
          memoryMb: vm.memoryMb,
          disks: vm.disks.map((disk) => ({
            path: diskPath(run, vm, disk.file),
            format: "qcow2" as const,
            isVolatile: disk.isVolatile,
          })),
          nics: [{ network: "demo", ip: `192.0.2.${10 + DEMO_VMS.indexOf(vm)}` }],
        });
  if (existing === null || !BackupConfig.parse(existing.backupConfig).configured) {
    await updateBackupConfig(ctx, { vmId, config: { mode: "INCREMENT", backupVolatile: true } });
  }
  return vmId;
}

function diskPath(run: Run, vm: DemoVm, file: string): string {
  return join(demoFolder(run.core.config.home), vm.name, file);
}
