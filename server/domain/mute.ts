import { z } from "zod";

/** What is wrong, whatever the numbers in it: two errors that differ in numbers alone are one cause. */
export function attentionKey({ state, cause }: { state: string; cause: string }): string {
  return `${state}: ${cause.replace(/\d+/g, "#")}`.slice(0, 500);
}

/** A cause that a user does not want to be shown for a while. Times are epoch ms. */
export const Mute = z.object({
  key: z.string().min(1).max(500),
  until: z.number().int().min(0).max(8_640_000_000_000_000),
  reason: z.string().trim().min(3, "Say why in three letters or more").max(300),
});
export type Mute = z.infer<typeof Mute>;
