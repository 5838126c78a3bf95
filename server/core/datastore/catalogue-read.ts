import type { Db } from "../../db/tx";
import { DescribeAnswer, type DescribedPoint, type StoredDocument, type StorePoint } from "../../domain/catalogue";
import { type KnownChain, planVmStore, type VmStorePlan } from "../../domain/catalogue-plan";
import { appError } from "../../domain/errors";
import { findOrphans, type RepositoryEntry } from "../../domain/orphan";
import { readDisks } from "../../domain/vm-disks";
import { parseVmDocument } from "../../lib/xml/vm-document";
import type { Core } from "../core";
import { datastoreXml, driverDocument } from "../documents";
import { knownBackups } from "./orphan-facts";

type Datastore = Parameters<typeof datastoreXml>[0];

/** Whose folder or repository in a datastore. */
export interface StoreOwner {
  vmId: number;
  /** The job whose repository it is; null: the VM's own. */
  jobId: number | null;
}

/** What lies in a datastore of one VM, and what of it can be read in. */
export interface VmStore {
  plan: VmStorePlan;
  points: ReadonlyMap<string, StorePoint & { vmXml: string }>;
  /** The newest stored document; null: there is none that can be read. */
  newest: StoredDocument | null;
}

/**
 * The backups of one VM as the repository has them, put together again. `entries` are those of `listRepository`;
 * `exceptRun` is the run that asks.
 * @throws AppError DRIVER_ANSWER, and what the driver failed with
 */
export async function readVmStore(
  core: Core,
  datastore: Datastore,
  { vmId, jobId }: StoreOwner,
  entries: readonly RepositoryEntry[],
  options: { signal: AbortSignal; exceptRun: number | null },
): Promise<VmStore> {
  const described = await describeVm(core, datastore, { vmId, jobId }, options.signal);
  const points = described.map(readPoint);
  const known = await knownBackups(core.db, [vmId], options.exceptRun);
  const orphans = findOrphans(
    entries.filter((entry) => entry.vmId === vmId && (entry.jobId ?? null) === jobId && entry.kind === "point"),
    known,
  );
  const keep = new Map<string, string>();
  for (const { backupId, keepReason } of orphans)
    if (backupId !== null && keepReason !== null) keep.set(backupId, keepReason);
  // What the listing did not have has come since: somebody is writing it.
  const listed = new Set(
    entries.flatMap((entry) => (entry.vmId === vmId && entry.backupId !== null ? [entry.backupId] : [])),
  );
  for (const { backupId } of points)
    if (!listed.has(backupId)) keep.set(backupId, "It came while this was read. Look again.");
  const plan = planVmStore(vmId, points, await knownChains(core.db, vmId), keep);
  const newest = points.filter((point) => point.document !== null).sort((a, b) => b.modifiedAt - a.modifiedAt)[0];
  return {
    plan,
    points: new Map(points.map((point) => [point.backupId, point])),
    newest: newest?.document ?? null,
  };
}

async function describeVm(
  core: Core,
  datastore: Datastore,
  { vmId, jobId }: StoreOwner,
  signal: AbortSignal,
): Promise<DescribedPoint[]> {
  const { stdout } = await core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "describe",
    argv: [String(datastore.id), String(vmId), ...(jobId === null ? [] : [String(jobId)])],
    document: driverDocument({ datastore: datastoreXml(datastore) }),
    signal,
  });
  const refuse = () =>
    appError("DRIVER_ANSWER", { path: `datastore/${datastore.dsMad}/describe`, answer: stdout.slice(0, 200) });
  let content: unknown;
  try {
    content = JSON.parse(stdout);
  } catch {
    throw refuse();
  }
  const answer = DescribeAnswer.safeParse(content);
  if (!answer.success) throw refuse();
  return answer.data.points;
}

function readPoint({ vmXml, ...point }: DescribedPoint): StorePoint & { vmXml: string } {
  return { ...point, document: vmXml === null ? null : readDocument(vmXml), vmXml: vmXml ?? "" };
}

/** What the plan needs of a stored VM document; null when it is none. */
function readDocument(xml: string): StoredDocument | null {
  try {
    const vm = parseVmDocument(xml);
    const { backupConfig: config } = vm;
    const number = (name: string) => {
      const text = config[name] ?? "";
      return /^\d{1,9}$/.test(text) ? Number(text) : null;
    };
    return {
      vmId: vm.id,
      vmName: printable(vm.name) || `VM ${vm.id}`,
      uid: vm.uid,
      userName: vm.userName,
      gid: vm.gid,
      groupName: vm.groupName,
      isIncremental: config["MODE"] === "INCREMENT",
      isSelected: (config["DISK_IDS"] ?? "") !== "",
      lastBackupId: config["LAST_BACKUP_ID"] ?? null,
      lastIncrementId: number("LAST_INCREMENT_ID"),
      chainImageId: number("INCREMENTAL_BACKUP_ID"),
      sizesMb: new Map(readDisks(vm.template).map((disk) => [disk.diskId, disk.sizeMb])),
    };
  } catch {
    return null;
  }
}

function printable(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .trim()
    .slice(0, 128);
}

/** Every backup that the catalogue has of a VM, whatever its datastore: two of them may lie in one folder. */
async function knownChains(db: Db, vmId: number): Promise<KnownChain[]> {
  const images = await db.image.findMany({
    where: { type: "BACKUP", vmId },
    orderBy: { id: "asc" },
    select: {
      id: true,
      isChain: true,
      state: true,
      lockLevel: true,
      increments: { orderBy: { id: "asc" }, select: { id: true, source: true } },
    },
  });
  const vm = await db.vm.findUnique({ where: { id: vmId }, select: { state: true } });
  const busy =
    vm !== null && BACKING_UP.has(vm.state) ? "The VM is being backed up. Look again when that is over." : null;
  return images.map((image) => ({
    imageId: image.id,
    isChain: image.isChain,
    closedFor:
      busy ??
      (image.state !== "READY"
        ? `Backup ${image.id}, to which it belongs, is ${image.state}.`
        : image.lockLevel > 0
          ? `Backup ${image.id}, to which it belongs, is locked.`
          : null),
    points: image.increments.map((point) => ({ incrementId: point.id, source: point.source })),
  }));
}

const BACKING_UP: ReadonlySet<string> = new Set(["BACKUP", "BACKUP_POWEROFF"]);
