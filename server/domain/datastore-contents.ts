import { z } from "zod";
import { ObjectId, type Page, PageInput } from "./ids";

/** Columns that the contents of a datastore can be sorted by. */
export const STORE_CONTENTS_SORTS = ["vm", "stored", "chains", "points", "newest"] as const;
export type StoreContentsSort = (typeof STORE_CONTENTS_SORTS)[number];

export const StoreContentsInput = PageInput.extend({
  datastoreId: ObjectId,
  sort: z.enum(STORE_CONTENTS_SORTS).optional(),
});
export type StoreContentsInput = z.input<typeof StoreContentsInput>;

/** What a VM has in a datastore. */
export interface VmContents {
  vmId: number;
  vmName: string;
  chains: number;
  points: number;
  storedBytes: number;
  /** Epoch ms of the newest point, null when there is none. */
  newestAt: number | null;
}

export interface StoreContents extends Page<VmContents> {
  /** Of all VMs, for shares. */
  storedBytes: number;
}
