import { z } from "zod";
import { type IncrementType, Manifest } from "./backup";
import { ObjectId } from "./ids";

/**
 * Reading a repository back into the catalogue: when the database is lost, or is older than the repository. What lies
 * there is hostile input: whoever can write the repository has a say in every value.
 */

/** Id of a backup in a repository. */
export const BackupId = z.string().regex(/^[0-9a-f]{6,64}$/);

/** Most points of one VM that `describe` may answer with; the answer must fit into the output of a driver. */
export const MAX_DESCRIBED_POINTS = 1000;

/** One complete backup, as `describe` of a datastore driver prints it (docs/drivers.md). */
export const DescribedPoint = z.object({
  backupId: BackupId,
  /** What the driver itself found wrong, one sentence; null: nothing. */
  problem: z.string().min(1).max(2000).nullable(),
  /** As it lies beside the files; null: none there, another program wrote it. */
  manifest: Manifest.nullable(),
  /** The VM document as XML text; null: none there. */
  vmXml: z
    .string()
    .max(4 * 1024 * 1024)
    .nullable(),
  disks: z
    .array(
      z.object({
        id: z.number().int().min(0).max(999_999),
        incrementId: z.number().int().min(0).max(999_999_999),
        /** Length of the stored file. */
        bytes: z.number().int().min(0),
        /** Size that the guest sees, bytes; null: the file does not say. */
        virtualSize: z.number().int().min(0).nullable(),
      }),
    )
    .max(256),
  /** Epoch s: the newest change in it. */
  modifiedAt: z.number().int().min(0),
});
export type DescribedPoint = z.infer<typeof DescribedPoint>;

export const DescribeAnswer = z.object({ points: z.array(DescribedPoint).max(MAX_DESCRIBED_POINTS) });

/** A backup of one VM with what its VM document says; null where it says nothing usable. */
export interface StorePoint extends Omit<DescribedPoint, "vmXml"> {
  document: StoredDocument | null;
}

/** What the plan needs of a stored VM document. */
export interface StoredDocument {
  vmId: number;
  vmName: string;
  uid: number;
  userName: string;
  gid: number;
  groupName: string;
  isIncremental: boolean;
  /** DISK_IDS named some of the disks. */
  isSelected: boolean;
  /** SOURCE of the backup before it, and its increment id in the open chain; null: it had none. */
  lastBackupId: string | null;
  lastIncrementId: number | null;
  /** Image of the chain in the catalogue that wrote it. */
  chainImageId: number | null;
  /** Disk id → MiB. */
  sizesMb: ReadonlyMap<number, number>;
}

/** A restore point that the catalogue would get. */
export interface PlannedPoint {
  backupId: string;
  incrementId: number;
  parentId: number;
  type: IncrementType;
  /** Epoch ms. */
  at: number;
  bytes: number;
  guestBytes: number;
  diskIds: number[];
  /** A manifest lies beside it, so there are checksums to compare with. */
  hasChecksums: boolean;
  /** Why it could not be restored even then, null when it could. */
  broken: string | null;
}

/** One backup that the catalogue would get, or points of one that it has. */
export interface PlannedBackup {
  /** Names it in the request: backup id of its first new point. */
  key: string;
  /** Backup of the catalogue that the points go to; null: a new one. */
  imageId: number | null;
  isChain: boolean;
  isSelected: boolean;
  bytes: number;
  /** Oldest first, at least one. */
  points: PlannedPoint[];
}

export interface UnusableBackup {
  backupId: string;
  reason: string;
}

/** What of one VM can be read in. */
export interface PlannedVm {
  vmId: number;
  /** Its backups lie in the repository of this job; null: in its own. */
  jobId: number | null;
  /** As the newest stored document has it. */
  vmName: string;
  /** `same`: a VM of this number and name is here. `other`: the number belongs to another VM here. `gone`: it is free. */
  here: "same" | "other" | "gone";
  /** Name of the VM that has the number here. */
  hereName: string | null;
  /** Who will own the backups. */
  owner: { uid: number; gid: number; userName: string; groupName: string; why: string };
  backups: PlannedBackup[];
  unusable: UnusableBackup[];
  /** Points that are in the catalogue already. */
  knownCount: number;
}

/** What reading a repository in would do. Nothing has changed yet. */
export interface CataloguePlan {
  datastoreId: number;
  /** Epoch ms. */
  at: number;
  /** VMs with something to read in, or something that cannot be. */
  vms: PlannedVm[];
  /** VMs that could not be looked at, with the reason. */
  failed: { vmId: number; jobId: number | null; reason: string }[];
  knownCount: number;
  /** VMs that were left out because the plan is full; read in what is shown, then look again. */
  leftOut: number;
}

/** Which backups of a plan to read in. */
export const CatalogueImport = z.object({
  datastoreId: ObjectId,
  backups: z
    .array(z.object({ vmId: ObjectId, jobId: ObjectId.nullable().default(null), key: BackupId }))
    .min(1)
    .max(5000),
});
export type CatalogueImport = z.infer<typeof CatalogueImport>;
