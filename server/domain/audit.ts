import { z } from "zod";
import { PageInput } from "./ids";

/** Which entries of the audit log; all filters hold together. Times are epoch ms. */
export const AuditFilter = z.object({
  search: PageInput.shape.search,
  userId: z.number().int().min(-1).optional(),
  object: z.string().max(40).optional(),
  objectId: z.number().int().min(-1).optional(),
  from: z.number().int().min(0).optional(),
  to: z.number().int().min(0).optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

/** Newest first. */
export const AuditInput = AuditFilter.extend({ offset: PageInput.shape.offset, limit: PageInput.shape.limit });
export type AuditInput = z.infer<typeof AuditInput>;

/** Who did what to which object. Secrets are never in an entry. */
export interface AuditRow {
  /** Row id as text: it may be beyond what a number holds. */
  id: string;
  /** Epoch ms. */
  at: number;
  userId: number;
  /** The name at that time. */
  userName: string;
  /** `user-create`, `chmod`, `start`, … */
  what: string;
  /** `vm`, `image`, `datastore`, `job`, … */
  object: string;
  objectId: number;
  /** `accepted`: work that went on after the answer; `done`: complete with the entry; `refused`: a sign-in. */
  result: string;
  /** What else was said, as JSON. */
  details: string;
}

/** The entries as CSV, and whether there were more than fit. */
export interface AuditExport {
  csv: string;
  isComplete: boolean;
}
