import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "../lib/cn";
import { controlStyles } from "./input";

/**
 * A choice of one. The browser's own control: it works with every keyboard, phone and screen reader, and with
 * `register` of a form. Options are its children.
 */
export function Select({ className, children, ...rest }: ComponentProps<"select">) {
  return (
    <span className={cn("relative inline-flex w-full min-w-0", className)}>
      <select {...rest} className={cn(controlStyles, "appearance-none truncate pe-8")}>
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-e-2 top-1/2 size-4 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
