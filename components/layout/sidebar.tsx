"use client";

import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useMediaQuery } from "../hooks/use-media-query";
import { useStored } from "../hooks/use-stored";
import { t } from "../i18n/t";
import { cn } from "../lib/cn";
import { Tooltip } from "../ui/tooltip";
import { Logo } from "./logo";
import { isInArea, NAV_GROUPS, type NavItem } from "./nav-items";

const WIDTHS = ["wide", "narrow"] as const;

/** Main navigation from 768 px; 224 px wide, or 56 px with icons whose words come as tooltips. */
export function Sidebar() {
  const [width, setWidth] = useStored("strata.sidebar", WIDTHS, "wide");
  const isTight = useMediaQuery("(width < 1024px)");
  const isNarrow = width === "narrow" || isTight;
  return (
    <nav
      aria-label={t("Main")}
      className={cn(
        "sticky top-0 hidden h-dvh shrink-0 flex-col overflow-y-auto border-e border-line bg-surface md:flex",
        isNarrow ? "w-14" : "w-14 lg:w-56",
      )}
    >
      <Logo isNarrow={isNarrow} />
      <div className="flex grow flex-col gap-4 px-2 py-3">
        {NAV_GROUPS.map((group) => (
          <NavGroup key={group.label} label={group.label} items={group.items} isNarrow={isNarrow} />
        ))}
      </div>
      <div className="hidden p-2 lg:block">
        <button
          type="button"
          onClick={() => setWidth(isNarrow ? "wide" : "narrow")}
          aria-expanded={!isNarrow}
          className="flex h-9 w-full items-center gap-3 rounded-control px-2.5 text-muted hover:bg-neutral-tint"
        >
          {isNarrow ? (
            <PanelLeftOpen aria-hidden className="size-5" />
          ) : (
            <PanelLeftClose aria-hidden className="size-5" />
          )}
          <span className={isNarrow ? "sr-only" : undefined}>{isNarrow ? t("Expand menu") : t("Collapse menu")}</span>
        </button>
      </div>
    </nav>
  );
}

function NavGroup({ label, items, isNarrow }: { label: string; items: readonly NavItem[]; isNarrow: boolean }) {
  const id = `nav-${label.toLowerCase()}`;
  return (
    <div>
      <h2
        id={id}
        className={cn("px-2.5 pb-1 text-xs font-medium text-muted", isNarrow ? "sr-only" : "sr-only lg:not-sr-only")}
      >
        {label}
      </h2>
      <ul aria-labelledby={id} className="space-y-0.5">
        {items.map((item) => (
          <li key={item.href}>
            <NavLink item={item} isNarrow={isNarrow} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function NavLink({ item, isNarrow }: { item: NavItem; isNarrow: boolean }) {
  const path = usePathname();
  const isHere = isInArea(path, item.href);
  const link = (
    <Link
      href={item.href}
      aria-current={isHere ? "page" : undefined}
      className="flex h-9 items-center gap-3 rounded-control px-2.5 -outline-offset-2 hover:bg-neutral-tint aria-[current=page]:bg-primary-tint aria-[current=page]:font-medium aria-[current=page]:text-primary"
    >
      <item.icon aria-hidden className="size-5 shrink-0" />
      <span className={isNarrow ? "sr-only" : "sr-only lg:not-sr-only"}>{item.label}</span>
    </Link>
  );
  return isNarrow ? <Tooltip text={item.label}>{link}</Tooltip> : link;
}
