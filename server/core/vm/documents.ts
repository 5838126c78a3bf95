import type { Prisma } from "../../db/client";
import type { Db } from "../../db/tx";
import type { VmState } from "../../domain/states";
import { text } from "../../domain/template";
import type { VmDocument } from "../../domain/xml/vm";
import { lockDocument } from "../access/locking";
import { snapshotsDocument } from "../documents";
import { readNames } from "../owners";
import { toSchedule } from "../schedule/rows";
import { parseVm } from "./rows";

/** What the documents of some VMs show, their schedules too; constantly many queries. */
export async function readVmDocuments(db: Db, rows: readonly Prisma.VmModel[]): Promise<VmDocument[]> {
  const vms = rows.map(parseVm);
  const ids = vms.map((vm) => vm.id);
  const names = await readNames(db, vms);
  const history = groupBy(
    await db.vmHistory.findMany({ where: { vmId: { in: ids } }, orderBy: { seq: "asc" } }),
    (record) => record.vmId,
  );
  const backups = groupBy(
    await db.image.findMany({
      where: { type: "BACKUP", vmId: { in: ids } },
      orderBy: { id: "asc" },
      select: { id: true, vmId: true },
    }),
    (image) => image.vmId ?? -1,
  );
  const schedules = groupBy(
    await db.scheduledAction.findMany({
      where: { parentType: "VM", parentId: { in: ids } },
      orderBy: { id: "asc" },
    }),
    (schedule) => schedule.parentId,
  );
  const datastores = await db.datastore.findMany({
    where: { id: { in: [...new Set(vms.map((vm) => vm.systemDatastoreId))] } },
    select: { id: true, tmMad: true },
  });
  const tmMads = new Map(datastores.map((datastore) => [datastore.id, datastore.tmMad]));
  return vms.map((vm) => ({
    ...vm,
    lock: lockDocument(vm),
    userName: names.user(vm.uid),
    groupName: names.group(vm.gid),
    state: vm.state as VmState, // written only by transitionVm
    prevState: vm.prevState as VmState,
    startedAt: vm.startedAt.getTime(),
    endedAt: vm.endedAt?.getTime() ?? null,
    tmMadSystem: text(vm.template, "TM_MAD_SYSTEM") ?? tmMads.get(vm.systemDatastoreId) ?? "ssh",
    history: (history.get(vm.id) ?? []).map((record) => ({
      ...record,
      startedAt: record.startedAt.getTime(),
      endedAt: record.endedAt?.getTime() ?? null,
    })),
    diskSnapshots: vm.diskSnapshots.filter((disk) => disk.snapshots.length > 0).map(snapshotsDocument),
    backupIds: (backups.get(vm.id) ?? []).map((image) => image.id),
    schedules: (schedules.get(vm.id) ?? []).map(toSchedule),
  }));
}

function groupBy<T>(rows: readonly T[], key: (row: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
