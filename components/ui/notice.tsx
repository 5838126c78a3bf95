import { CircleAlert, Info, type LucideIcon, OctagonX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "../lib/cn";

const LOOKS = {
  info: { icon: Info, box: "border-info bg-info-tint", mark: "text-info" },
  warning: { icon: TriangleAlert, box: "border-warning bg-warning-tint", mark: "text-warning" },
  danger: { icon: OctagonX, box: "border-danger bg-danger-tint", mark: "text-danger" },
  neutral: { icon: CircleAlert, box: "border-line bg-neutral-tint", mark: "text-neutral" },
} as const satisfies Record<string, { icon: LucideIcon; box: string; mark: string }>;

/** A message inside the page: what is the matter, and the way out. `isAlert` interrupts screen readers. */
export function Notice({
  tone,
  title,
  children,
  actions,
  isAlert = false,
  className,
}: {
  tone: keyof typeof LOOKS;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  isAlert?: boolean;
  className?: string;
}) {
  const look = LOOKS[tone];
  return (
    <div
      role={isAlert ? "alert" : undefined}
      className={cn("flex items-start gap-3 rounded-card border p-3 text-text", look.box, className)}
    >
      <look.icon aria-hidden className={cn("mt-0.5 size-5 shrink-0", look.mark)} />
      <div className="min-w-0 grow wrap-anywhere">
        {title === undefined ? null : <p className="font-semibold">{title}</p>}
        {children}
        {actions === undefined ? null : <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
