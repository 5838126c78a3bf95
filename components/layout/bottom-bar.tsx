"use client";

import { Activity, LayoutDashboard, Menu as MenuIcon, RotateCcw, Server } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { t } from "../i18n/t";
import { Menu, MenuLink, MenuSeparator } from "../ui/menu";
import { isInArea, type NavItem } from "./nav-items";
import { DensityChoices, ThemeChoices, ZoneChoices } from "./preference-menus";

const ITEMS: readonly NavItem[] = [
  {
    get label() {
      return t("Overview");
    },
    href: "/",
    icon: LayoutDashboard,
  },
  {
    get label() {
      return t("VMs");
    },
    href: "/vms",
    icon: Server,
  },
  {
    get label() {
      return t("Restore");
    },
    href: "/restore/new",
    icon: RotateCcw,
  },
  {
    get label() {
      return t("Activity");
    },
    href: "/activity",
    icon: Activity,
  },
];
const itemStyles =
  "flex h-14 w-full flex-col items-center justify-center gap-0.5 text-sm -outline-offset-2 aria-[current=page]:font-medium aria-[current=page]:text-primary";

/** Main navigation below 768 px: a restore or a cancel must be possible on a phone. */
export function BottomBar() {
  const path = usePathname();
  return (
    <nav aria-label={t("Main")} className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface md:hidden">
      <ul className="grid grid-cols-5">
        {ITEMS.map((item) => (
          <li key={item.href}>
            <Link href={item.href} aria-current={isInArea(path, item.href) ? "page" : undefined} className={itemStyles}>
              <item.icon aria-hidden className="size-5" />
              {item.label}
            </Link>
          </li>
        ))}
        <li>
          <Menu
            trigger={
              <button type="button" className={itemStyles}>
                <MenuIcon aria-hidden className="size-5" />
                {t("More")}
              </button>
            }
          >
            <MenuLink href="/jobs">{t("Backup jobs")}</MenuLink>
            <MenuLink href="/schedule">{t("Schedule")}</MenuLink>
            <MenuLink href="/backups">{t("Backups")}</MenuLink>
            <MenuLink href="/datastores">{t("Backup datastores")}</MenuLink>
            <MenuLink href="/help">{t("Help")}</MenuLink>
            <MenuSeparator />
            <ThemeChoices />
            <MenuSeparator />
            <ZoneChoices />
            <MenuSeparator />
            <DensityChoices />
          </Menu>
        </li>
      </ul>
    </nav>
  );
}
