import { z } from "zod";

/** Numeric object id as in OpenNebula: 0 and up. */
export const ObjectId = z.number().int().min(0).max(2_147_483_647);

/** Names: OpenNebula's rules (jobs-api-cli §4.2.6), in its order of checks. */
export const ObjectName = z
  .string()
  .min(1, "Invalid NAME, it cannot be empty")
  .superRefine((name, ctx) => {
    const bad = /[&|:\\";/'#{}$<>\t\n\v\f\r\u0000-\u001f]/.exec(name)?.[0];
    if (bad !== undefined) ctx.addIssue({ code: "custom", message: `Invalid NAME, char '${bad}' is not allowed` });
  })
  .max(128, "Invalid NAME, max length is 128 chars");

/** Page of a list. `sort` is a column id of that list. */
export const PageInput = z.object({
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(200).default(50),
  sort: z.string().max(40).optional(),
  descending: z.boolean().default(false),
  search: z.string().max(200).optional(),
});
export type PageInput = z.infer<typeof PageInput>;

/** One page and how many rows match in all. */
export interface Page<T> {
  rows: T[];
  total: number;
}
