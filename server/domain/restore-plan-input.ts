import type { Manifest, RestorePoint } from "./backup";
import type { DatastoreType } from "./datastore";
import type { RestoreRequest } from "./restore";
import type { Template } from "./template";

/** What a plan needs to know of a restore point. */
export type PlanPoint = Pick<
  RestorePoint,
  "incrementId" | "parentId" | "type" | "at" | "source" | "verification" | "diskIds" | "broken"
> & {
  manifest: Manifest | null;
  /** KEEP_LAST has taken it: it is being merged into a later point, or was left over when that failed. */
  isExpired?: boolean;
};

export interface RestorePlanInput {
  request: RestoreRequest;
  chain: { imageId: number; vmId: number; vmName: string; points: readonly PlanPoint[] };
  /** The VM document stored with the chosen point (`planPoint`), parsed. */
  vmDocument: { name: string; template: Template; userTemplate: Template };
  /** The backup was made of chosen disks only (BACKUP_SELECTED_DISKS). */
  selectedDisksOnly: boolean;
  datastore: { id: number; name: string; freeMb: number; type: DatastoreType };
  /** Where the disks of the VM would be made; null when none is created or the datastore does not exist. */
  system: { id: number; name: string; freeMb: number } | null;
  /** The VM that gets the disk; `problem`: why it cannot. Missing: none was asked for. */
  attach?: { vmId: number; vmName: string; problem: string | null };
  /** Names the asking user already has. */
  takenNames: { images: ReadonlySet<string>; templates: ReadonlySet<string>; vms: ReadonlySet<string> };
  /** The VM that was backed up still exists. */
  aliveOriginal: boolean;
  may: { useImage: boolean; useDatastore: boolean; instantiate: boolean };
}
