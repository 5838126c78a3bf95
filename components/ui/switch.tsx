"use client";

import { Switch as Base } from "@base-ui/react/switch";
import { type ReactNode, useId } from "react";

export interface SwitchProps {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  label: ReactNode;
  help?: ReactNode;
  disabledReason?: string | null | undefined;
}

/** On or off with immediate meaning; label and help beside it, the reason when it is fixed. */
export function Switch(props: SwitchProps) {
  const id = useId();
  const note = props.disabledReason ?? props.help;
  const isOff = props.disabledReason !== null && props.disabledReason !== undefined;
  return (
    <span className="flex items-start gap-3">
      <Base.Root
        id={id}
        checked={props.checked}
        readOnly={isOff}
        aria-disabled={isOff || undefined}
        aria-labelledby={`${id}-label`}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onCheckedChange={(checked) => props.onCheckedChange(checked)}
        className="relative mt-px h-5 w-9 shrink-0 rounded-full border border-control bg-neutral-tint aria-disabled:opacity-60 data-checked:border-primary data-checked:bg-primary"
      >
        <Base.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-control transition-transform data-checked:translate-x-4.5 data-checked:bg-on-primary" />
      </Base.Root>
      <span>
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
