import { z } from "zod";
import { ObjectId } from "./ids";

/** -1: no limit. */
const Limit = z.number().int("Give a whole number").min(-1, "Give -1 for no limit, or more").max(2_147_483_647);

/** Limits of a user or group on a datastore. */
export const SetQuota = z.object({
  subject: z.enum(["user", "group"]),
  subjectId: ObjectId,
  datastoreId: ObjectId,
  sizeLimitMb: Limit.default(-1),
  imagesLimit: Limit.default(-1),
});
export type SetQuota = z.infer<typeof SetQuota>;

export interface QuotaRow {
  subject: "user" | "group";
  subjectId: number;
  subjectName: string;
  datastoreId: number;
  datastoreName: string;
  sizeLimitMb: number;
  sizeUsedMb: number;
  imagesLimit: number;
  imagesUsed: number;
}
