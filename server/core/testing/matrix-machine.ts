/** A VM of any layout whose guest writes records, backed up by the core live and off, and what each point must restore. */
import { join } from "node:path";
import { expect } from "vitest";
import { vectors } from "../../domain/template";
import type { TestCeph } from "../../drivers/testing/ceph";
import { fileName, isSameContent, makeDisk, snapshotOf, tool } from "../../drivers/testing/disks";
import { type Guest, startGuest } from "../../drivers/testing/guest";
import type { GuestImage } from "../../drivers/testing/guest-image";
import type { TestLibvirtd } from "../../drivers/testing/libvirtd";
import { RECORD_DISK_BYTES, readRecords, SECTOR_BYTES, SLOT_BYTES } from "../../drivers/testing/records";
import { requestBackup } from "../backup/request";
import { requestRestore } from "../restore/request";
import { registerVm } from "../vm/register";
import { parseVm } from "../vm/rows";
import type { Harness } from "./harness";

const MIB = 1024 * 1024;
/** Image datastore of files that every core has. */
const FILES = 1;
/** Records between two backups of a running guest. */
const RECORDS = 3;

export interface MatrixBed {
  harness: Harness;
  libvirtd: TestLibvirtd;
  image: GuestImage;
  ceph: TestCeph;
}

export type MatrixMachine = Awaited<ReturnType<typeof makeMatrixMachine>>;

/** What a point must restore: copies of the disks (VM off), or records newer than those of the point before (live). */
type Moment = { copies: readonly string[] } | { newerThan: number };

/** Two disks with records, on `hostId` in the system datastore. `isCeph`: they are images in Ceph. */
export async function makeMatrixMachine(
  { harness, libvirtd, image, ceph }: MatrixBed,
  options: { name: string; hostId: number; systemDatastoreId: number; isCeph: boolean },
) {
  const { db } = harness.core;
  const { name, isCeph, ...place } = options;
  const ids = [0, 1] as const;
  const own = (id: number) => (isCeph ? `${name}-${id}` : join(harness.dir, `${name}-${id}.qcow2`));
  for (const id of ids) {
    if (isCeph) await ceph.tool("rbd", "create", "--size", `${RECORD_DISK_BYTES / MIB}M`, `${ceph.pool}/${own(id)}`);
    else await makeDisk(own(id), RECORD_DISK_BYTES);
  }
  const { vmId } = await registerVm(harness.ctx, {
    ...{ name, ...place, cpu: 1, memoryMb: 192, nics: [] },
    disks: ids.map((id) =>
      isCeph
        ? { path: `${ceph.pool}/${own(id)}`, format: "raw" as const, isVolatile: false }
        : { path: own(id), format: "qcow2" as const, isVolatile: false },
    ),
  });
  const { basePath } = await db.datastore.findUniqueOrThrow({ where: { id: options.systemDatastoreId } });
  const diskName = (id: number) => (isCeph ? ceph.name(own(id)) : fileName(own(id)));
  const scratch = join(harness.dir, `${name}.raw`);
  const moments = new Map<string, Moment>();
  let guest: Guest | null = null;
  let lastRecord = 0;
  let count = 0;

  /** Running or off, as asked; what was written meanwhile differs from the point before. */
  async function become(isLive: boolean): Promise<void> {
    if (isLive && guest === null) {
      const disks = ids.map((id) => (isCeph ? own(id) : join(basePath, String(vmId), `disk.${id}`)));
      const written = await readRecords(ids.map(diskName), scratch);
      guest = await startGuest(libvirtd, {
        ...{ name: `one-${vmId}`, image, disks, write: ["vda", "vdb"], lastRecord: written[1] ?? 0 },
        ...(isCeph ? { ceph } : {}),
      });
    }
    if (!isLive && guest !== null) {
      await guest.destroy();
      guest = null;
    }
    await db.vm.update({ where: { id: vmId }, data: { state: isLive ? "RUNNING" : "POWEROFF" } });
    if (guest !== null) await guest.writes(RECORDS);
    else await changeOff();
  }

  /** In the first mebibyte, where no record is. */
  async function changeOff(): Promise<void> {
    for (const id of ids) {
      const at = ((count * 3) % (SLOT_BYTES / SECTOR_BYTES)) * SECTOR_BYTES;
      const commands = [`write -P ${1 + (count % 250)} ${at} 64k`, "write -z 0 4k", "discard 512k 64k"];
      await tool("qemu-io", "-d", "unmap", ...commands.flatMap((each) => ["-c", each]), diskName(id));
    }
  }

  async function copies(): Promise<readonly string[]> {
    const files = ids.map((id) => join(harness.dir, `${name}-moment-${count}-${id}.qcow2`));
    for (const id of ids) {
      if (isCeph) await tool("qemu-img", "convert", "-O", "qcow2", diskName(id), files[id] ?? "");
      else await snapshotOf(own(id), files[id] ?? "");
    }
    return files;
  }

  return {
    vmId,
    /** Back up, running or off; which point it became. */
    async backUp(datastoreId: number, isLive: boolean): Promise<{ imageId: number; incrementId: number }> {
      count += 1;
      await become(isLive);
      const moment: Moment = isLive ? { newerThan: lastRecord } : { copies: await copies() };
      const { actionId } = await requestBackup(harness.ctx, { vmId, datastoreId, reset: false });
      const row = await harness.finished(actionId);
      expect([row.state, row.error, row.warnings]).toEqual(["DONE", null, []]);
      const { imageId = -1, incrementId } = row.result;
      const id = incrementId ?? 0;
      moments.set(`${imageId}/${id}`, moment);
      lastRecord = (await guest?.written()) ?? lastRecord;
      return { imageId, incrementId: id };
    },

    /** The merge of the oldest points that the last backup has queued, at its end. */
    async merged(imageId: number): Promise<void> {
      const where = { kind: "increment-flatten", imageId };
      const action = await db.action.findFirstOrThrow({ where, orderBy: { id: "desc" } });
      expect(await harness.finished(action.id)).toMatchObject({ state: "DONE", error: null });
    },

    /** Restore each point of a backup by its INCREMENT_ID to images, and compare; the ids of its points. */
    async expectRestores(imageId: number): Promise<number[]> {
      const points = await db.increment.findMany({ where: { imageId }, orderBy: { id: "asc" } });
      let newest = 0;
      for (const { id } of points) {
        const title = `${name} ${imageId} at ${id}, backup ${count}`;
        const { actionId } = await requestRestore(harness.ctx, {
          ...{ imageId, incrementId: id, datastoreId: FILES, name: title },
          ...{ network: "keep", diskIds: [], instantiate: null },
        });
        const row = await harness.finished(actionId);
        expect([title, row.error]).toEqual([title, null]);
        const images = await db.image.findMany({
          where: { id: { in: row.result.imageIds ?? [] } },
          orderBy: { id: "asc" },
        });
        const restored = images.map((each) => fileName(each.source, each.format === "raw" ? "raw" : "qcow2"));
        expect(restored).toHaveLength(ids.length);
        const moment = moments.get(`${imageId}/${id}`);
        // Of both kinds: the disks are of one instant, and no older than the point before.
        const [record = 0] = await readRecords(restored, scratch);
        expect(record, title).toBeGreaterThanOrEqual(newest);
        newest = record;
        if (moment !== undefined && "newerThan" in moment) expect(record, title).toBeGreaterThan(moment.newerThan);
        for (const disk of moment !== undefined && "copies" in moment ? ids : []) {
          const isSame = await isSameContent(restored[disk] ?? "", fileName(copyOf(moment, disk)));
          expect([title, disk, isSame]).toEqual([title, disk, true]);
        }
        expect(moment, title).toBeDefined();
      }
      return points.map((point) => point.id);
    },

    /** Nothing of a backup is left beside the disks. */
    async expectTidy(): Promise<void> {
      const vm = parseVm(await db.vm.findUniqueOrThrow({ where: { id: vmId } }));
      expect(vectors(vm.template, "DISK")).toHaveLength(ids.length);
      expect(vm.backupConfig.activeFlatten).toBe(false);
      await guest?.destroy();
      guest = null;
    },
  };
}

function copyOf(moment: Moment | undefined, disk: number): string {
  return moment !== undefined && "copies" in moment ? (moment.copies[disk] ?? "") : "";
}
