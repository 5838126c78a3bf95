"use client";

import { useId } from "react";
import { said } from "@/components/i18n/said";
import { cn } from "../lib/cn";

/** Several of a few short choices, as buttons that stay pressed. */
export function DayToggles(props: {
  legend: string;
  options: readonly { value: number; label: string; name: string }[];
  values: readonly number[];
  onChange: (values: number[]) => void;
  error: string | undefined;
  className?: string;
}) {
  const id = useId();
  return (
    <fieldset className="min-w-0" aria-describedby={props.error === undefined ? undefined : `${id}-error`}>
      <legend className="mb-1 font-medium">{props.legend}</legend>
      <div className={cn("flex flex-wrap gap-1", props.className)}>
        {props.options.map(({ value, label, name }) => {
          const isOn = props.values.includes(value);
          const next = isOn ? props.values.filter((one) => one !== value) : [...props.values, value];
          return (
            <button
              key={value}
              type="button"
              aria-pressed={isOn}
              aria-label={name}
              onClick={() => props.onChange(next.sort((a, b) => a - b))}
              className="h-8 min-w-10 rounded-control border border-control bg-surface px-2 text-base aria-pressed:border-primary aria-pressed:bg-primary aria-pressed:text-on-primary"
            >
              {label}
            </button>
          );
        })}
      </div>
      {props.error === undefined ? null : (
        <p id={`${id}-error`} className="mt-1 text-danger">
          {said(props.error)}
        </p>
      )}
    </fieldset>
  );
}
