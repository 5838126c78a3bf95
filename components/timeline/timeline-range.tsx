"use client";

import type { ReactNode } from "react";
import { cn } from "@/components/lib/cn";
import { RANGES, type Range } from "./timeline-geometry";

const LABELS: Record<Range, string> = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", all: "All" };

/** Range presets, a way to a date, the key to the shapes, and the keys. `range` is null while a single day is shown. */
export function TimelineRange({
  range,
  isManaging,
  onChange,
  children,
}: {
  range: Range | null;
  isManaging: boolean;
  onChange: (range: Range) => void;
  /** Further ways to a point. */
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
      <fieldset className="flex items-center gap-1">
        <legend className="sr-only">Time range</legend>
        {RANGES.map((candidate) => (
          <button
            key={candidate}
            type="button"
            aria-pressed={candidate === range}
            onClick={() => onChange(candidate)}
            className={cn(
              "min-h-7 rounded-control border border-transparent px-2.5 text-sm text-muted hover:bg-primary-tint hover:text-text",
              candidate === range && "border-control bg-surface font-medium text-text",
            )}
          >
            {LABELS[candidate]}
          </button>
        ))}
      </fieldset>
      {children}
      <TimelineKey isManaging={isManaging} />
    </div>
  );
}

function TimelineKey({ isManaging }: { isManaging: boolean }) {
  return (
    <p className="text-xs text-muted">
      ■ full · ● increment · ○ hollow: never checked · dashed: merged by the next backup · dotted with −: deleted by it
      · ⊥ pinned · ✓ checksummed · × cannot be restored. Size of the mark: stored size.
      <span className="max-md:hidden">
        {" "}
        Keys: <kbd>←</kbd> <kbd>→</kbd> point, <kbd>↑</kbd> <kbd>↓</kbd> chain, <kbd>Enter</kbd> details, <kbd>R</kbd>{" "}
        restore, <kbd>P</kbd> pin, <kbd>V</kbd> verify, <kbd>+</kbd> <kbd>−</kbd> range
        {isManaging && (
          <>
            , <kbd>C</kbd> compare, <kbd>D</kbd> go to a date
          </>
        )}
        .
      </span>
    </p>
  );
}
