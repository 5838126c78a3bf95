import Link from "next/link";
import { t } from "../i18n/t";
import { cn } from "../lib/cn";

/** Name and mark: layers, the newest in the accent colour. */
export function Logo({ isNarrow }: { isNarrow: boolean }) {
  return (
    <Link href="/" className="flex h-14 shrink-0 items-center gap-3 border-b border-line px-4 -outline-offset-2">
      <Mark />
      <span className={cn("text-md font-semibold", isNarrow ? "sr-only" : "sr-only lg:not-sr-only")}>
        {t("Strata")}
      </span>
    </Link>
  );
}

/** The mark alone. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={cn("size-6 shrink-0", className)}>
      <rect x="2" y="3" width="20" height="5" rx="1.5" className="fill-primary" />
      <rect x="2" y="10" width="20" height="4.5" rx="1.5" className="fill-control" />
      <rect x="2" y="16.5" width="20" height="4.5" rx="1.5" className="fill-control opacity-60" />
    </svg>
  );
}
