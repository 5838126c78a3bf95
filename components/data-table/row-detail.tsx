"use client";

import { ChevronDown, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

/** What a row opens to: named for screen readers, rendered when it is opened. */
export interface RowDetail<Row> {
  /** What it is, in a word: "Points". */
  title: string;
  label: (row: Row) => string;
  render: (row: Row) => ReactNode;
}

/** The button that opens the detail of a row and closes it again. */
export function DetailButton(props: {
  label: string;
  /** Shown beside the arrow where there is room. */
  title?: string;
  isOpen: boolean;
  controls: string;
  onToggle: () => void;
}) {
  const Chevron = props.isOpen ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      aria-expanded={props.isOpen}
      aria-controls={props.isOpen ? props.controls : undefined}
      aria-label={props.label}
      onClick={props.onToggle}
      className="relative z-10 inline-flex h-7 min-w-7 shrink-0 items-center justify-center gap-1 rounded-control hover:bg-neutral-tint"
    >
      <Chevron aria-hidden className="size-4" />
      {props.title}
    </button>
  );
}
