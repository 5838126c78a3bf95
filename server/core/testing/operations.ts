import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { ActionKind, ActionRow } from "../../domain/action";
import { readDisks } from "../../domain/vm-disks";
import { fileName, isSameContent, tool } from "../../drivers/testing/disks";
import { requestCatalogueImport } from "../datastore/catalogue-import";
import { requestOrphanRemoval } from "../datastore/orphans";
import { closeFiles, requestFiles } from "../files/commands";
import { requestImageDelete } from "../image/commands";
import { requestImageCreate } from "../image/create";
import { requestInPlaceRestore } from "../restore/in-place/request";
import { requestBootCheck, requestVerify } from "../verification/request";
import { requestDiskAttach } from "../vm/attach";
import { requestVmDelete, updateBackupConfig } from "../vm/commands";
import { requestDiskDetach } from "../vm/detach";
import { requestDiskRevert, requestDiskSnapshot, requestDiskSnapshotDelete } from "../vm/disk-snapshot";
import { requestPoweroff, requestReboot, requestStart } from "../vm/power";
import { requestDiskResize } from "../vm/resize";
import { requestSystemRevert, requestSystemSnapshot, requestSystemSnapshotDelete } from "../vm/system-snapshot";
import type { World } from "./fault-world";
import {
  aDiskSnapshot,
  aPoint,
  aSystemSnapshot,
  askInstance,
  askRestore,
  aTemplate,
  attached,
  deleteImage,
  deleteVm,
  diskSnapshotRef,
  diskSnapshots,
  expectThat,
  fresh,
  hasState,
  importable,
  LEFTOVER_ID,
  newestPoint,
  newRunOf,
  noDiskSnapshot,
  orphansIn,
  poweredOff,
  readVm,
  running,
  systemFolder,
  systemSnapshotIds,
  systemSnapshotRef,
  unknownCopy,
  volatileDisk,
  withAttached,
  withoutAttached,
  write,
} from "./operation-tools";

/** One kind of operation, as fault tests carry it out again and again in one world. */
export interface Operation {
  /** Bring the world to where it can be asked for; without a fault. */
  prepare(world: World): Promise<void>;
  /** The run of this kind. */
  request(world: World): Promise<number>;
  /** What is true when it has ended well; the invariants are asserted besides. Throws when not. */
  check?(world: World, row: ActionRow): Promise<void>;
  /** Ask once more after a failure, where that is not `prepare` and `request`. */
  again?(world: World, failed: ActionRow): Promise<number>;
  /** Its own, where its request calls others as well; absent: all that are called. */
  drivers?: readonly string[];
  /** Remove what it has made. */
  tidy?(world: World, row: ActionRow): Promise<void>;
}

/**
 * How fault tests carry out each kind of operation, or why they do not. A kind that is added and has no line here does not
 * compile: so the step-crash matrix covers it.
 */
export const OPERATIONS: Record<ActionKind, Operation | string> = {
  backup: {
    prepare: (world) => write(world.main),
    request: (world) => world.askBackup(world.main),
    async check(world, row) {
      const made = await world.db.increment.count({ where: { actionId: row.id } });
      expectThat(made === 1, `the backup has made ${made} points`);
    },
  },
  restore: {
    prepare: (world) => aPoint(world, world.main),
    request: askRestore,
    async check(world, row) {
      const point = await newestPoint(world, world.main);
      const content = world.kept.get(point.actionId ?? -1)?.get(0) ?? "";
      const disk = join(systemFolder(world, row.result.vmId ?? -1), "disk.0");
      expectThat(await isSameContent(fileName(disk), fileName(content)), "the restored disk is not what it was");
    },
    async tidy(world, row) {
      if (row.result.vmId != null) await deleteVm(world, row.result.vmId);
      if (row.result.templateId != null) await world.db.vmTemplate.delete({ where: { id: row.result.templateId } });
      for (const imageId of row.result.imageIds ?? []) await deleteImage(world, imageId);
    },
  },
  "restore-in-place": {
    async prepare(world) {
      await aPoint(world, world.main);
      await write(world.main);
    },
    async request(world) {
      const point = await newestPoint(world, world.main);
      const asked = { vmId: world.main.vmId, imageId: point.imageId, incrementId: point.id, safetyPoint: false };
      return (await requestInPlaceRestore(world.ctx, asked)).actionId;
    },
    async check(world) {
      const point = await newestPoint(world, world.main);
      const content = world.kept.get(point.actionId ?? -1)?.get(0) ?? "";
      expectThat(
        await isSameContent(fileName(world.main.disk), fileName(content)),
        "the disk is not what the point was",
      );
    },
  },
  "image-create": {
    prepare: (world) => aPoint(world, world.main),
    async request(world) {
      const point = await newestPoint(world, world.main);
      const all = await world.db.increment.findMany({ where: { imageId: point.imageId }, orderBy: { id: "asc" } });
      const chain = all.filter((each) => each.id <= point.id);
      const list = chain.map((each) => `${each.id}:${each.source}`).join(",");
      const { vmId } = world.main;
      const path = `rsync://${world.datastoreId}//${list}${world.repository}/${vmId}/${point.source}/disk.0.${point.id}`;
      return (await requestImageCreate(world.ctx, { name: fresh("by-url"), datastoreId: 1, path })).actionId;
    },
    async check(world, row) {
      const point = await newestPoint(world, world.main);
      const content = world.kept.get(point.actionId ?? -1)?.get(0) ?? "";
      const image = await world.db.image.findUniqueOrThrow({ where: { id: row.result.imageIds?.[0] ?? -1 } });
      expectThat(image.state === "READY", `the image is ${image.state}`);
      expectThat(await isSameContent(fileName(image.source), fileName(content)), "the image is not what the disk was");
    },
    async tidy(world, row) {
      for (const imageId of row.result.imageIds ?? []) await deleteImage(world, imageId);
    },
  },
  instantiate: {
    prepare: async (world) => void (await aTemplate(world)),
    request: askInstance,
    async check(world, row) {
      const vm = await readVm(world, { vmId: row.vmId ?? -1 });
      expectThat(vm.state === "POWEROFF", `the VM is ${vm.state}`);
    },
    async tidy(world, row) {
      if (row.vmId !== null) await deleteVm(world, row.vmId);
    },
  },
  "image-delete": {
    async prepare(world) {
      await write(world.plain);
      await noDiskSnapshot(world);
      await aPoint(world, world.plain);
    },
    async request(world) {
      return (await requestImageDelete(world.ctx, (await newestPoint(world, world.plain)).imageId)).actionId;
    },
    again: async (world, failed) => (await requestImageDelete(world.ctx, failed.imageId ?? -1)).actionId,
    async check(world, row) {
      expectThat((await world.db.image.count({ where: { id: row.imageId ?? -1 } })) === 0, "the image is still there");
    },
  },
  "increment-flatten": {
    async prepare(world) {
      const { vmId } = world.main;
      await updateBackupConfig(world.ctx, { vmId, config: { keepLast: 2 }, append: true });
      for (let points = 0; points < 2; points++) {
        await write(world.main);
        await world.backup(world.main);
        await world.allEnded();
      }
      await write(world.main);
    },
    async request(world) {
      const before = await world.lastOf("increment-flatten");
      await world.askBackup(world.main);
      return await newRunOf(world, "increment-flatten", before);
    },
    // It is begun by a backup, whose drivers are tried with that.
    drivers: ["datastore/rsync/increment_flatten", "datastore/rsync/rm", "datastore/rsync/monitor"],
    async tidy(world) {
      await updateBackupConfig(world.ctx, { vmId: world.main.vmId, config: { keepLast: 0 }, append: true });
    },
  },
  "vm-delete": {
    async prepare(world) {
      await world.done(await askInstance(world));
    },
    async request(world) {
      const vm = await world.db.vm.findFirstOrThrow({
        where: { state: { in: ["POWEROFF", "EPILOG_FAILURE"] }, id: { notIn: [world.main.vmId, world.plain.vmId] } },
        orderBy: { id: "desc" },
      });
      return (await requestVmDelete(world.ctx, vm.id)).actionId;
    },
    again: async (world, failed) => (await requestVmDelete(world.ctx, failed.vmId ?? -1)).actionId,
    async check(world, row) {
      const vm = await readVm(world, { vmId: row.vmId ?? -1 });
      expectThat(vm.state === "DONE", `the VM is ${vm.state}`);
    },
  },
  "vm-start": {
    prepare: poweredOff,
    request: async (world) => (await requestStart(world.ctx, world.plain.vmId)).actionId,
    check: (world) => hasState(world, "RUNNING"),
  },
  "vm-poweroff": {
    prepare: running,
    request: async (world) => (await requestPoweroff(world.ctx, { vmId: world.plain.vmId, isHard: false })).actionId,
    check: (world) => hasState(world, "POWEROFF"),
  },
  "vm-reboot": {
    prepare: running,
    request: async (world) => (await requestReboot(world.ctx, world.plain.vmId)).actionId,
    check: (world) => hasState(world, "RUNNING"),
  },
  "disk-attach": {
    prepare: async (world) => {
      await withoutAttached(world);
      await running(world);
    },
    request: async (world) => (await requestDiskAttach(world.ctx, volatileDisk(world))).actionId,
    async check(world) {
      expectThat((await attached(world)) !== null, "no disk is attached");
    },
  },
  "disk-detach": {
    prepare: async (world) => {
      await withAttached(world);
      await running(world);
    },
    async request(world) {
      const diskId = (await attached(world)) ?? -1;
      return (await requestDiskDetach(world.ctx, { vmId: world.plain.vmId, diskId })).actionId;
    },
    async check(world) {
      expectThat((await attached(world)) === null, "the disk is still attached");
    },
  },
  "disk-resize": {
    prepare: withAttached,
    async request(world) {
      const { template, id: vmId } = await readVm(world, world.plain);
      const disk = readDisks(template).find((each) => each.diskId !== 0);
      return (await requestDiskResize(world.ctx, { vmId, diskId: disk?.diskId ?? -1, sizeMb: (disk?.sizeMb ?? 0) + 1 }))
        .actionId;
    },
    async check(world) {
      const disk = readDisks((await readVm(world, world.plain)).template).find((each) => each.diskId !== 0);
      const file = join(systemFolder(world, world.plain.vmId), `disk.${disk?.diskId ?? -1}`);
      const info = JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(file))) as {
        "virtual-size": number;
      };
      expectThat(
        info["virtual-size"] === (disk?.sizeMb ?? 0) * 1024 * 1024,
        `${info["virtual-size"]} bytes, ${disk?.sizeMb} MiB`,
      );
    },
  },
  "disk-snapshot-create": {
    prepare: noDiskSnapshot,
    request: async (world) =>
      (await requestDiskSnapshot(world.ctx, { vmId: world.plain.vmId, diskId: 0, name: "" })).actionId,
    async check(world) {
      expectThat((await diskSnapshots(world)).length === 1, "there is not one snapshot");
    },
  },
  "disk-snapshot-revert": {
    async prepare(world) {
      await aDiskSnapshot(world);
      await write(world.plain);
    },
    request: async (world) => (await requestDiskRevert(world.ctx, await diskSnapshotRef(world))).actionId,
  },
  "disk-snapshot-delete": {
    prepare: aDiskSnapshot,
    request: async (world) => (await requestDiskSnapshotDelete(world.ctx, await diskSnapshotRef(world))).actionId,
    async check(world) {
      expectThat((await diskSnapshots(world)).length === 0, "the snapshot is still there");
    },
  },
  "snapshot-create": {
    async prepare(world) {
      await running(world);
      for (const snapshotId of await systemSnapshotIds(world)) {
        await world.done(
          (await requestSystemSnapshotDelete(world.ctx, { vmId: world.plain.vmId, snapshotId })).actionId,
        );
      }
    },
    request: async (world) => (await requestSystemSnapshot(world.ctx, { vmId: world.plain.vmId, name: "" })).actionId,
    async check(world) {
      expectThat((await systemSnapshotIds(world)).length === 1, "there is not one snapshot");
    },
  },
  "snapshot-revert": {
    prepare: aSystemSnapshot,
    request: async (world) => (await requestSystemRevert(world.ctx, await systemSnapshotRef(world))).actionId,
  },
  "snapshot-delete": {
    prepare: aSystemSnapshot,
    request: async (world) => (await requestSystemSnapshotDelete(world.ctx, await systemSnapshotRef(world))).actionId,
    async check(world) {
      expectThat((await systemSnapshotIds(world)).length === 0, "the snapshot is still there");
    },
  },
  verify: {
    prepare: (world) => aPoint(world, world.main),
    async request(world) {
      const { imageId } = await newestPoint(world, world.main);
      return (await requestVerify(world.ctx, { imageId, incrementId: null })).actionId;
    },
    async check(world) {
      const { verification } = await newestPoint(world, world.main);
      expectThat(verification === "verified", `the point is ${verification}`);
    },
  },
  "files-open": {
    prepare: (world) => aPoint(world, world.main),
    async request(world) {
      const { imageId, id } = await newestPoint(world, world.main);
      return (await requestFiles(world.ctx, { imageId, incrementId: id })).actionId;
    },
    async tidy(world, row) {
      await closeFiles(world.ctx, row.id).catch(() => null); // a run that failed has left nothing to close
    },
  },
  "boot-check": {
    prepare: (world) => aPoint(world, world.main),
    async request(world) {
      const { imageId, id } = await newestPoint(world, world.main);
      return (await requestBootCheck(world.ctx, { imageId, incrementId: id })).actionId;
    },
  },
  "orphan-remove": {
    async prepare(world) {
      await aPoint(world, world.main);
      const { source } = await newestPoint(world, world.main);
      const folder = join(world.repository, String(world.main.vmId));
      await cp(join(folder, source), join(folder, LEFTOVER_ID), { recursive: true, preserveTimestamps: true });
    },
    async request(world) {
      const { vmId } = world.main;
      const { name } = await world.db.datastore.findUniqueOrThrow({ where: { id: world.datastoreId } });
      const entries = (await orphansIn(world)).map((backupId) => ({ vmId, backupId }));
      return (await requestOrphanRemoval(world.ctx, { datastoreId: world.datastoreId, entries, confirm: name }))
        .actionId;
    },
    async check(world, row) {
      // One that cannot be removed does not keep the others, and the run says so.
      const isTold = row.warnings.some((warning) => warning.includes(LEFTOVER_ID));
      expectThat(isTold || (await orphansIn(world)).length === 0, "the orphan is still there, and nobody says so");
    },
  },
  "catalogue-import": {
    async prepare(world) {
      await aPoint(world, world.plain);
      await unknownCopy(world, await newestPoint(world, world.plain));
    },
    async request(world) {
      const { datastoreId } = world;
      const backups = await importable(world);
      return (await requestCatalogueImport(world.ctx, { datastoreId, backups })).actionId;
    },
    async check(world, row) {
      const left = row.warnings.length === 0 ? (await importable(world)).length : 0;
      expectThat(left === 0, "a backup was not read in");
    },
    async tidy(world, row) {
      for (const imageId of row.result.imageIds ?? []) await deleteImage(world, imageId);
    },
  },
  "demo-load": "makes sample machines and takes nothing from anybody",
  "demo-change": "changes a sample machine, which nobody misses",
};
