"use client";

import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import { cn } from "../lib/cn";

export interface PopoverProps {
  trigger: ReactElement;
  title: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A small non-modal panel that hangs from its button; Escape closes it and focus goes back. */
export function Popover({ trigger, title, children, className }: PopoverProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={6} className="z-50">
          <Base.Popup
            className={cn(
              "max-h-(--available-height) w-[min(24rem,calc(100vw-1.5rem))] overflow-y-auto rounded-card border border-line bg-raised p-3 text-text shadow-raised outline-none",
              className,
            )}
          >
            <Base.Title className="mb-2 font-semibold">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
