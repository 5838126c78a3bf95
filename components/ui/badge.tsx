import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "../lib/cn";

const TONES = {
  success: "bg-success-tint text-success",
  warning: "bg-warning-tint text-warning",
  danger: "bg-danger-tint text-danger",
  running: "bg-running-tint text-running",
  info: "bg-info-tint text-info",
  primary: "bg-primary-tint text-primary",
  neutral: "bg-neutral-tint text-neutral",
} as const;
export type Tone = keyof typeof TONES;

/** Icon and word; the colour only repeats what they say. */
export function Badge({
  tone,
  icon: Icon,
  children,
  className,
}: {
  tone: Tone;
  icon?: LucideIcon;
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={cn(
        "badge inline-flex h-6 items-center gap-1.5 rounded-full px-2 text-sm font-medium whitespace-nowrap",
        TONES[tone],
        className,
      )}
    >
      {Icon === undefined ? null : <Icon aria-hidden className="size-3.5 shrink-0" />}
      {children}
    </span>
  );
}
