"use client";

import type { ReactNode } from "react";
import { rich, t } from "@/components/i18n/t";
import { cn } from "@/components/lib/cn";
import { RANGES, type Range } from "./timeline-geometry";

const LABELS: Record<Range, string> = {
  get "24h"() {
    return t("24 hours");
  },
  get "7d"() {
    return t("7 days");
  },
  get "30d"() {
    return t("30 days");
  },
  get all() {
    return t("All");
  },
};

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
        <legend className="sr-only">{t("Time range")}</legend>
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
      {rich(
        "■ full · ● increment · ○ hollow: never checked · dashed: merged by the next backup · dotted with −: deleted by it · ⊥ pinned · ✓ checksummed · × cannot be restored · × above the axis: a backup failed · ▭ a planned run never began · hatched: later than the RPO. Size of the mark: stored size.{value}",
        {
          value: (
            <span className="max-md:hidden">
              {" "}
              {rich(
                "Keys: {kbd} {kbd2} point, {kbd3} {kbd4} chain, {kbd5} details, {kbd6} restore, {kbd7} pin, {kbd8} verify, {kbd9} {kbd10} range",
                {
                  kbd: <kbd>←</kbd>,
                  kbd2: <kbd>→</kbd>,
                  kbd3: <kbd>↑</kbd>,
                  kbd4: <kbd>↓</kbd>,
                  kbd5: <kbd>Enter</kbd>,
                  kbd6: <kbd>R</kbd>,
                  kbd7: <kbd>P</kbd>,
                  kbd8: <kbd>V</kbd>,
                  kbd9: <kbd>+</kbd>,
                  kbd10: <kbd>−</kbd>,
                },
              )}
              {isManaging && (
                <>{rich(", {kbd} compare, {kbd2} go to a date", { kbd: <kbd>C</kbd>, kbd2: <kbd>D</kbd> })}</>
              )}
              .
            </span>
          ),
        },
      )}
    </p>
  );
}
