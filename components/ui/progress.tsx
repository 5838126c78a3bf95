"use client";

import { Meter } from "@base-ui/react/meter";
import { Progress as Base } from "@base-ui/react/progress";
import { cn } from "../lib/cn";

const TONES = {
  running: "bg-running",
  primary: "bg-primary",
  success: "bg-success",
  warning: "bg-warning",
  danger: "bg-danger",
  neutral: "bg-neutral",
} as const;
export type BarTone = keyof typeof TONES;

export interface ProgressProps {
  /** Accessible name. */
  label: string;
  /** Whole percent, null when the total is not known. */
  percent: number | null;
  /** The same in words, read by screen readers and shown to everyone: "1.2 of 4.0 GiB, 180.0 MiB/s". */
  text: string;
  tone?: BarTone;
  /** Text only for screen readers (it is shown elsewhere). */
  isTextHidden?: boolean;
  className?: string;
}

/** A bar that always has its words beside it. */
export function Progress({ label, percent, text, tone = "running", isTextHidden = false, className }: ProgressProps) {
  return (
    <Base.Root value={percent} aria-label={label} aria-valuetext={text} className={cn("w-full", className)}>
      <Base.Track className="bar h-2 overflow-hidden rounded-full bg-neutral-tint">
        <Base.Indicator className={cn("h-full rounded-full", TONES[tone], percent === null && "w-1/3 animate-pulse")} />
      </Base.Track>
      <div aria-hidden className={isTextHidden ? "sr-only" : "mt-1 text-sm text-muted"}>
        {text}
      </div>
    </Base.Root>
  );
}

/** How full something is: a meter with its words. */
export function CapacityBar(props: { label: string; percent: number; text: string; tone: BarTone }) {
  return (
    <Meter.Root value={props.percent} aria-label={props.label} aria-valuetext={props.text}>
      <Meter.Track className="bar h-2 overflow-hidden rounded-full bg-neutral-tint">
        <Meter.Indicator className={cn("h-full rounded-full", TONES[props.tone])} />
      </Meter.Track>
      <div aria-hidden className="mt-1 text-sm text-muted">
        {props.text}
      </div>
    </Meter.Root>
  );
}
