import type { ReactNode } from "react";

/** A key of the keyboard. */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded border border-control bg-neutral-tint px-1.5 py-0.5 font-mono text-xs text-text">
      {children}
    </kbd>
  );
}
