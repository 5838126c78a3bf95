"use client";

import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check, Minus } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cn } from "../lib/cn";

export interface CheckboxProps {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  label: ReactNode;
  /** Hide the label from sight, not from screen readers (table rows). */
  isLabelHidden?: boolean;
  help?: ReactNode;
  indeterminate?: boolean;
  /** Why it cannot be changed; shown below the label. */
  disabledReason?: string | null | undefined;
  className?: string;
}

/** Yes or no, with its label and, when it cannot be changed, the reason. */
export function Checkbox(props: CheckboxProps) {
  const id = useId();
  const note = props.disabledReason ?? props.help;
  const isOff = props.disabledReason !== null && props.disabledReason !== undefined;
  return (
    <span className={cn("flex items-start gap-2", props.className)}>
      <Base.Root
        id={id}
        checked={props.checked}
        indeterminate={props.indeterminate ?? false}
        readOnly={isOff}
        aria-disabled={isOff || undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        aria-labelledby={`${id}-label`}
        onCheckedChange={(checked) => props.onCheckedChange(checked)}
        className="mt-0.5 flex size-5 shrink-0 items-center justify-center rounded border border-control bg-surface text-on-primary aria-disabled:opacity-60 data-checked:border-primary data-checked:bg-primary data-indeterminate:border-primary data-indeterminate:bg-primary"
      >
        <Base.Indicator>
          {props.indeterminate === true ? (
            <Minus aria-hidden className="size-4" />
          ) : (
            <Check aria-hidden className="size-4" />
          )}
        </Base.Indicator>
      </Base.Root>
      <span className={props.isLabelHidden === true ? "sr-only" : undefined}>
        <label id={`${id}-label`} htmlFor={id}>
          {props.label}
        </label>
        {note === undefined ? null : (
          <span id={`${id}-note`} className="block text-sm text-muted">
            {note}
          </span>
        )}
      </span>
    </span>
  );
}
