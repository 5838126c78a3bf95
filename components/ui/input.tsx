import type { ComponentProps } from "react";
import { cn } from "../lib/cn";

export const controlStyles =
  "h-9 w-full min-w-0 rounded-control border border-control bg-surface px-3 text-base text-text placeholder:text-muted aria-invalid:border-danger disabled:cursor-not-allowed disabled:opacity-60";

/** One line of text. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...rest} className={cn(controlStyles, "read-only:bg-neutral-tint", className)} />;
}

/** Several lines of text. */
export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea rows={3} {...rest} className={cn(controlStyles, "h-auto py-2 read-only:bg-neutral-tint", className)} />
  );
}
