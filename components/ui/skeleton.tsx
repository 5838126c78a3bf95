import { cn } from "../lib/cn";

/** A grey place of something that loads; invisible for the first 150 ms, so that quick answers do not flicker. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("skeleton h-4 rounded bg-neutral-tint", className)} />;
}
