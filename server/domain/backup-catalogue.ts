import { z } from "zod";
import { ObjectId, type Page, PageInput } from "./ids";
import type { ImageState } from "./states";

/**
 * What a backup is, in one word, the worst first: a point of it cannot be restored (`broken`), it is going (`deleting`), its
 * oldest points are being merged (`flattening`), somebody has locked it, its VM is gone (`orphan`), or its VM adds to it.
 */
export const CATALOGUE_STATES = ["broken", "deleting", "flattening", "locked", "orphan", "open", "closed"] as const;
export type CatalogueState = (typeof CATALOGUE_STATES)[number];

/** Columns that the catalogue can be sorted by. */
export const CATALOGUE_SORTS = [
  "vm",
  "state",
  "points",
  "newest",
  "oldest",
  "stored",
  "datastore",
  "job",
  "owner",
  "pinned",
  "verified",
] as const;
export type CatalogueSort = (typeof CATALOGUE_SORTS)[number];

export const CatalogueFilter = z.object({
  /** Part of the name of the VM or the backup, or the id of either. */
  search: z.string().max(200).optional(),
  datastoreId: ObjectId.optional(),
  /** Backups of the VMs that are in the job now. */
  jobId: ObjectId.optional(),
  state: z.enum(CATALOGUE_STATES).optional(),
});
export type CatalogueFilter = z.infer<typeof CatalogueFilter>;

export const CatalogueInput = PageInput.extend(CatalogueFilter.shape).extend({
  sort: z.enum(CATALOGUE_SORTS).optional(),
});
export type CatalogueInput = z.input<typeof CatalogueInput>;

/** One backup image, without its points. Times are epoch ms, sizes bytes. */
export interface CatalogueRow {
  imageId: number;
  name: string;
  vmId: number;
  vmName: string;
  isVmGone: boolean;
  datastoreId: number;
  datastoreName: string;
  /** Job that the VM is in now; the name is null when the reader may not see it. */
  jobId: number | null;
  jobName: string | null;
  ownerName: string;
  groupName: string;
  /** False for a backup of FULL mode: one point. */
  isChain: boolean;
  isOpen: boolean;
  state: CatalogueState;
  imageState: ImageState;
  lockLevel: number;
  points: number;
  /** Points that cannot be restored, as far as anybody knows. */
  damaged: number;
  pinned: number;
  /** Points whose files were read again and were good. */
  verified: number;
  /** When any of its files were last read again. */
  verifiedAt: number | null;
  newestAt: number | null;
  oldestAt: number | null;
  storedBytes: number;
  /** What the guest sees, of the newest point. */
  guestBytes: number;
  /** Why the last operation on it failed. */
  error: string | null;
  may: { manage: boolean };
}

export interface CataloguePage extends Page<CatalogueRow> {
  /** Rows by state, before the filter by state. */
  counts: Record<CatalogueState, number>;
}

/** Merge the oldest points of a chain until `keep` are left; pinned points, and all newer than them, stay beyond that. */
export const FlattenTo = z.object({ imageId: ObjectId, keep: z.number().int().min(1).max(1000) });
export type FlattenTo = z.infer<typeof FlattenTo>;

/** What merging would do. */
export interface FlattenPlan {
  /** Points that go, oldest first; empty: there is nothing to merge. */
  merged: { incrementId: number; at: number }[];
  /** The point that takes them in and becomes the full; null when nothing is merged. */
  firstId: number | null;
  /** Points that are left. */
  left: number;
  /** Bytes freed at most: what the merged points have in common is not known before. */
  freesAtMost: number;
  /** Why it cannot be done now, null when it can. */
  reason: string | null;
}
