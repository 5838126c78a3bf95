"use client";

import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { type ReactNode, useId } from "react";
import { cn } from "../lib/cn";

export interface RadioCard<V extends string> {
  value: V;
  label: ReactNode;
  help?: ReactNode;
  /** Why this choice is not possible now. */
  disabledReason?: string | null | undefined;
}

export interface RadioCardsProps<V extends string> {
  legend: ReactNode;
  value: V;
  onValueChange: (value: V) => void;
  options: readonly RadioCard<V>[];
  isLegendHidden?: boolean;
  /** Cards side by side from 640 px. */
  columns?: 1 | 2 | 3;
  className?: string;
}

const COLUMNS = { 1: "", 2: "sm:grid-cols-2", 3: "sm:grid-cols-3" } as const;

/** One of a few choices, each with a line that explains it; a choice that is not possible carries its reason. */
export function RadioCards<V extends string>(props: RadioCardsProps<V>) {
  const id = useId();
  return (
    <div className={props.className}>
      <div id={id} className={props.isLegendHidden === true ? "sr-only" : "mb-1.5 font-medium"}>
        {props.legend}
      </div>
      <RadioGroup
        value={props.value}
        onValueChange={(value) => {
          const option = props.options.find((item) => item.value === value);
          if (option !== undefined && (option.disabledReason ?? null) === null) props.onValueChange(option.value);
        }}
        aria-labelledby={id}
        className={cn("grid gap-2", COLUMNS[props.columns ?? 1])}
      >
        {props.options.map((option) => (
          <Card key={option.value} id={`${id}-${option.value}`} option={option} />
        ))}
      </RadioGroup>
    </div>
  );
}

function Card<V extends string>({ id, option }: { id: string; option: RadioCard<V> }) {
  const isOff = (option.disabledReason ?? null) !== null;
  const note = option.disabledReason ?? option.help;
  return (
    <label
      htmlFor={id}
      className={cn(
        "flex items-start gap-3 rounded-card border border-line bg-surface p-3 has-data-checked:border-primary has-data-checked:bg-primary-tint",
        isOff && "cursor-not-allowed",
      )}
    >
      <Radio.Root
        id={id}
        value={option.value}
        readOnly={isOff}
        aria-disabled={isOff || undefined}
        aria-labelledby={`${id}-label`}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        className="mt-0.5 flex size-5 shrink-0 items-center justify-center rounded-full border border-control bg-surface aria-disabled:opacity-60 data-checked:border-primary"
      >
        <Radio.Indicator className="size-2.5 rounded-full bg-primary" />
      </Radio.Root>
      <span className="min-w-0">
        <span id={`${id}-label`} className={cn("block font-medium", isOff && "text-muted")}>
          {option.label}
        </span>
        {note === undefined ? null : (
          <span id={`${id}-note`} className="block text-sm text-muted">
            {note}
          </span>
        )}
      </span>
    </label>
  );
}
