import { z } from "zod";

/** Who asks. Every use case of the core takes one; the core decides, never the caller. */
export const Actor = z.object({
  userId: z.number().int(),
  name: z.string(),
  groupIds: z.array(z.number().int()),
  /** Member of group 0 (`oneadmin`): passes every check but a lock. */
  isAdmin: z.boolean(),
});
export type Actor = z.infer<typeof Actor>;

/** Acts for the scheduler and for recovery. */
export const SYSTEM_ACTOR: Actor = { userId: 0, name: "oneadmin", groupIds: [0], isAdmin: true };
