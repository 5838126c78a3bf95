"use client";

import { Tooltip as Base } from "@base-ui/react/tooltip";
import { cloneElement, type HTMLAttributes, type ReactElement, useId } from "react";
import { tooltipPopup } from "./tooltip";

/**
 * Says why the control inside cannot be used: on hover, on focus, and to screen readers by `aria-describedby`.
 * Without a reason it is the control alone. The control must stay focusable (`aria-disabled`, not `disabled`).
 */
export function ReasonTooltip({
  reason,
  children,
}: {
  reason: string | null | undefined;
  children: ReactElement<HTMLAttributes<HTMLElement>>;
}) {
  const id = useId();
  if (reason === null || reason === undefined) return children;
  const describedBy = [children.props["aria-describedby"], id].filter(Boolean).join(" ");
  return (
    <Base.Root>
      <Base.Trigger
        closeOnClick={false}
        delay={100}
        render={cloneElement(children, { "aria-disabled": true, "aria-describedby": describedBy })}
      />
      <span id={id} className="sr-only">
        {reason}
      </span>
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="z-50">
          <Base.Popup className={tooltipPopup}>{reason}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
