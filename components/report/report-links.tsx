"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { t } from "@/components/i18n/t";

const REPORTS = [
  {
    href: "/reports/compliance",
    get label() {
      return t("Compliance");
    },
  },
  {
    href: "/reports/runs",
    get label() {
      return t("Runs");
    },
  },
  {
    href: "/reports/evidence",
    get label() {
      return t("Evidence");
    },
  },
  {
    href: "/reports/capacity",
    get label() {
      return t("Capacity");
    },
  },
] as const;

/** From one report to the others. */
export function ReportLinks() {
  const path = usePathname();
  return (
    <nav aria-label={t("Reports")} className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
      {REPORTS.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={path === href ? "page" : undefined}
          className="-mb-px flex h-10 items-center border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-muted -outline-offset-2 hover:text-text aria-[current=page]:border-primary aria-[current=page]:text-text"
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
