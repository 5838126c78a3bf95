import { z } from "zod";
import { ObjectId } from "./ids";

/** What would be stored in a datastore if its VMs kept at most so many backups? */
export const KeepWhatIfInput = z.object({ datastoreId: ObjectId, keepLast: z.number().int().min(1).max(1000) });
export type KeepWhatIfInput = z.infer<typeof KeepWhatIfInput>;

/** VMs that are looked at; those that store the most come first. */
export const WHAT_IF_VMS = 500;

/**
 * The answer of the retention planner for the moment after the next backup of each VM. VMs that keep less already stay as
 * they are, GFS rules and pins count as ever. Bytes are upper limits: what merged points have in common is not known.
 */
export interface KeepWhatIf {
  keepLast: number;
  /** Living VMs with points here that were looked at, and how many more there are. */
  vmCount: number;
  leftOut: number;
  /** What these VMs keep now, the most frequent first; 0: everything. */
  keeps: { keepLast: number; vms: number }[];
  /** Freed beyond what the settings of now free by themselves. */
  freesAtMost: number;
  /** Points that go beyond those of the settings of now. */
  pointsGone: number;
  /** VMs that lose points by it. */
  vmsTouched: number;
  /** VMs that it frees the most of. */
  vms: { vmId: number; vmName: string; keepLast: number; pointsGone: number; freesAtMost: number }[];
}
