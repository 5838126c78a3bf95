import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import type { VmState } from "../../domain/states";
import { Template, text } from "../../domain/template";
import type { ShortHistoryDocument, ShortVmDocument, VmDocument } from "../../domain/xml/vm";
import { lockDocument } from "../access/locking";
import { batched } from "../batch";
import { snapshotsDocument } from "../documents";
import { readNames } from "../owners";
import { toSchedule } from "../schedule/rows";
import { parseVm } from "./rows";

/** What the documents of some VMs show, their schedules too; constantly many queries. Not within a transaction. */
export async function readVmDocuments(db: Db, rows: readonly Prisma.VmModel[]): Promise<VmDocument[]> {
  const vms = rows.map(parseVm);
  const ids = vms.map((vm) => vm.id);
  // At once: a call that waits for five answers one after the other is as slow as the five together.
  const [names, records, images, actions, datastores] = await Promise.all([
    readNames(db, vms),
    db.vmHistory.findMany({ where: { vmId: { in: ids } }, orderBy: { seq: "asc" } }),
    db.image.findMany({
      where: { type: "BACKUP", vmId: { in: ids } },
      orderBy: { id: "asc" },
      select: { id: true, vmId: true },
    }),
    db.scheduledAction.findMany({ where: { parentType: "VM", parentId: { in: ids } }, orderBy: { id: "asc" } }),
    db.datastore.findMany({
      where: { id: { in: [...new Set(vms.map((vm) => vm.systemDatastoreId))] } },
      select: { id: true, tmMad: true },
    }),
  ]);
  const history = groupBy(records, (record) => record.vmId);
  const backups = groupBy(images, (image) => image.vmId ?? -1);
  const schedules = groupBy(actions, (schedule) => schedule.parentId);
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

/** Columns of the short form. */
const SHORT = {
  id: true,
  uid: true,
  gid: true,
  name: true,
  permissions: true,
  lockLevel: true,
  state: true,
  deployId: true,
  startedAt: true,
  endedAt: true,
  error: true,
  template: true,
  userTemplate: true,
} as const satisfies Prisma.VmSelect;

/** What the short form of some VMs shows, by descending id; four statements. */
export async function readShortVmDocuments(
  db: Db,
  query: Pick<Prisma.VmFindManyArgs, "where" | "skip" | "take">,
): Promise<ShortVmDocument[]> {
  const rows = await db.vm.findMany({ ...query, orderBy: { id: "desc" }, select: SHORT });
  const [names, records] = await Promise.all([
    readNames(db, rows),
    db.$queryRaw<(ShortHistoryDocument & { vmId: number })[]>`
      SELECT DISTINCT ON ("vmId") "vmId", "seq", "hostName", "hostId", "datastoreId", "vmMad", "tmMad", "action"
      FROM "VmHistory" WHERE "vmId" = ANY(${rows.map((row) => row.id)}) ORDER BY "vmId", "seq" DESC`,
  ]);
  const lastRecords = new Map(records.map((record) => [record.vmId, record]));
  return rows.map((row) => ({
    ...row,
    lock: row.lockLevel === 0 ? null : { level: row.lockLevel },
    userName: names.user(row.uid),
    groupName: names.group(row.gid),
    state: row.state as VmState, // written only by transitionVm
    startedAt: row.startedAt.getTime(),
    endedAt: row.endedAt?.getTime() ?? null,
    template: parseStored(Template, row.template),
    userTemplate: parseStored(Template, row.userTemplate),
    lastRecord: lastRecords.get(row.id) ?? null,
  }));
}

/** The document of one VM that exists; those who ask at the same time share the statements. Checks no right. */
export const readVmDocument = batched(async (core, ids: readonly number[]) => {
  const rows = await core.db.vm.findMany({ where: { id: { in: [...ids] }, state: { not: "DONE" } } });
  return new Map((await readVmDocuments(core.db, rows)).map((document) => [document.id, document]));
});

function groupBy<T>(rows: readonly T[], key: (row: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
