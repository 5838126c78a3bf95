import { z } from "zod";

export const FindInput = z.object({ text: z.string().trim().min(1).max(100) });
export type FindInput = z.infer<typeof FindInput>;

/** An object that fits a search over everything. */
export interface FoundObject {
  kind: "vm" | "job" | "datastore" | "backup" | "host";
  id: number;
  name: string;
  /** Of a VM, and of a backup the VM that it is of; null for all else. */
  vmId: number | null;
  /** The address or label that it was found by; null: its name or number. */
  hint: string | null;
  /** A VM that no longer exists is shown for its points, which stay restorable. */
  isGone: boolean;
}
