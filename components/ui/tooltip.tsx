"use client";

import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";

export const tooltipPopup =
  "max-w-80 rounded-control border border-line bg-raised px-2.5 py-1.5 text-sm text-text shadow-raised";

/** A hint for a control that has its own accessible name; opens on hover and focus, closes with Escape. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactElement }) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="z-50">
          <Base.Popup className={tooltipPopup}>{text}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
