"use client";

import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { said } from "@/components/i18n/said";
import { cn } from "../lib/cn";

/** What the control inside a field must be given: `{...control}`. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  "aria-required": true | undefined;
}

export interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  /** Message of the form library; undefined when the value is fine. */
  error?: string | undefined;
  isRequired?: boolean;
  className?: string;
  children: (control: FieldControl) => ReactNode;
}

/** Label above, help below, error with an icon instead of colour alone; all of it tied to the control. */
export function Field({ label, help, error, isRequired = false, className, children }: FieldProps) {
  const id = useId();
  const described = [help === undefined ? null : `${id}-help`, error === undefined ? null : `${id}-error`].filter(
    Boolean,
  );
  return (
    <div className={cn("min-w-0", className)}>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      {children({
        id,
        "aria-describedby": described.length === 0 ? undefined : described.join(" "),
        "aria-invalid": error === undefined ? undefined : true,
        "aria-required": isRequired || undefined,
      })}
      {help === undefined ? null : (
        <p id={`${id}-help`} className="mt-1 text-sm text-muted">
          {help}
        </p>
      )}
      {error === undefined ? null : (
        <p id={`${id}-error`} className="mt-1 flex items-start gap-1.5 text-base text-danger">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {said(error)}
        </p>
      )}
    </div>
  );
}
