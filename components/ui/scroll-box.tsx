"use client";

import type { ReactNode } from "react";
import { useOverflows } from "../hooks/use-overflows";
import { cn } from "../lib/cn";

/**
 * A box that scrolls sideways when its content is too wide, and can then be reached and scrolled by keyboard. It
 * positions what is inside, so that hidden texts scroll with it and do not widen the page.
 */
export function ScrollBox({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  const [ref, overflows] = useOverflows<HTMLElement>();
  return (
    <section
      ref={ref}
      {...(overflows ? { "aria-label": label, tabIndex: 0 } : {})}
      className={cn("relative overflow-x-auto", className)}
    >
      {children}
    </section>
  );
}
