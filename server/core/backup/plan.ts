import { join } from "node:path";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import type { IncrementType } from "../../domain/backup";
import { MAX_CHAIN_POINTS, nextIncrement } from "../../domain/chain";
import { appError } from "../../domain/errors";
import { Template, text } from "../../domain/template";
import { effectiveDisks } from "../../domain/vm-disks";
import type { Run } from "../action/handler";
import { vmXml } from "../documents";
import { requireDatastore, requireHost, requireVm } from "../require";
import { parseVm } from "../vm/rows";
import { BackupInput } from "./request";

/** What one try to back up needs; plain JSON, because it is stored as the result of a step. */
export interface BackupJob {
  vmId: number;
  hostName: string;
  /** Name of the libvirt domain. */
  deployId: string;
  /** libvirt of the host, `-`: its default. */
  libvirtUri: string;
  /** The VM runs: the live actions of the driver are called. */
  isLive: boolean;
  vmDir: string;
  tmMad: string;
  dsMad: string;
  datastoreId: number;
  diskIds: number[];
  backupId: string;
  incrementId: number;
  parentId: number;
  type: IncrementType;
  /** Image of the open chain; null: this backup makes a new image. */
  imageId: number | null;
  isChain: boolean;
  guestBytes: number;
  /** The document that is stored beside the disks. */
  vmDocument: string;
  /** Epoch ms: the guest's point in time. */
  at: number;
  /** Why the chain must not grow any more; null when it may. */
  closeReason: string | null;
  /** Why the last chain was closed, so that a full is taken where an increment would be expected; null: no reason. */
  fullReason: string | null;
}

/** What the next backup of the VM is, from the rows as they are now: full or increment, which disks, where. */
export async function planJob(run: Run): Promise<BackupJob> {
  const input = BackupInput.parse(run.action.input);
  const { db } = run.core;
  const vm = parseVm(await requireVm(db, input.vmId));
  const host = await requireHost(db, vm.hostId);
  const system = await requireDatastore(db, vm.systemDatastoreId);
  const datastore = await requireDatastore(db, input.datastoreId);
  const { mode, lastIncrementId, incrementalBackupId } = vm.backupConfig;
  const hasChain = mode === "INCREMENT" && lastIncrementId !== -1;
  const next = hasChain
    ? { id: lastIncrementId + 1, parentId: lastIncrementId, type: "INCREMENT" as const }
    : nextIncrement([]);
  const chain = hasChain ? await readChain(db, incrementalBackupId, lastIncrementId) : null;
  const disks = effectiveDisks(vm.template, vm.backupConfig).filter((disk) => disk.isIncluded);
  if (disks.length === 0) throw appError("VM_NO_DISKS", { vmId: vm.id });
  return {
    vmId: vm.id,
    hostName: host.name,
    deployId: vm.deployId === "" ? `one-${vm.id}` : vm.deployId,
    libvirtUri: text(parseStored(Template, host.template), "LIBVIRT_URI") ?? "-",
    isLive: vm.state === "BACKUP",
    vmDir: join(system.basePath, String(vm.id)),
    tmMad: text(vm.template, "TM_MAD_SYSTEM") ?? system.tmMad,
    dsMad: datastore.dsMad,
    datastoreId: datastore.id,
    diskIds: disks.map((disk) => disk.diskId),
    backupId: input.backupId,
    incrementId: next.id,
    parentId: next.parentId,
    type: next.type,
    imageId: hasChain ? incrementalBackupId : null,
    isChain: mode === "INCREMENT",
    guestBytes: disks.reduce((sum, disk) => sum + disk.sizeMb * 1024 * 1024, 0),
    // The drivers check that disks and repository still belong to the backup this one is an increment of.
    vmDocument: await vmXml(db, {
      ...vm,
      backupConfig: { ...vm.backupConfig, lastBackupId: chain?.parentSource ?? null },
    }),
    at: run.core.clock.now(),
    fullReason: mode === "INCREMENT" && !hasChain && !input.reset ? vm.backupConfig.closedReason : null,
    closeReason:
      chain !== null && chain.length >= MAX_CHAIN_POINTS
        ? `the chain has ${chain.length} points, the most it may`
        : null,
  };
}

async function readChain(db: Db, imageId: number, parentId: number) {
  const parent = await db.increment.findUnique({
    where: { imageId_id: { imageId, id: parentId } },
    select: { source: true },
  });
  return { parentSource: parent?.source ?? null, length: await db.increment.count({ where: { imageId } }) };
}

/** One line for the log of the run. */
export function describeJob(job: BackupJob): string {
  const vm = job.isLive ? `running VM ${job.vmId}` : `VM ${job.vmId}`;
  const disks = `disk ${job.diskIds.join(", ")} of ${vm} on ${job.hostName}`;
  if (job.type === "INCREMENT") return `Increment ${job.incrementId} on top of increment ${job.parentId}: ${disks}`;
  if (!job.isChain) return `Full backup: ${disks}`;
  const why = job.fullReason === null ? "" : ` (${job.fullReason})`;
  return `Full backup that starts a chain${why}: ${disks}`;
}
