"use client";

import { Activity, LayoutDashboard, Menu as MenuIcon, RotateCcw, Server } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Menu, MenuLink, MenuSeparator } from "../ui/menu";
import { isInArea, type NavItem } from "./nav-items";
import { DensityChoices, ThemeChoices, ZoneChoices } from "./preference-menus";

const ITEMS: readonly NavItem[] = [
  { label: "Overview", href: "/", icon: LayoutDashboard },
  { label: "VMs", href: "/vms", icon: Server },
  { label: "Restore", href: "/restore/new", icon: RotateCcw },
  { label: "Activity", href: "/activity", icon: Activity },
];
const itemStyles =
  "flex h-14 w-full flex-col items-center justify-center gap-0.5 text-sm -outline-offset-2 aria-[current=page]:font-medium aria-[current=page]:text-primary";

/** Main navigation below 768 px: a restore or a cancel must be possible on a phone. */
export function BottomBar() {
  const path = usePathname();
  return (
    <nav aria-label="Main" className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface md:hidden">
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
                More
              </button>
            }
          >
            <MenuLink href="/jobs">Backup jobs</MenuLink>
            <MenuLink href="/schedule">Schedule</MenuLink>
            <MenuLink href="/backups">Backups</MenuLink>
            <MenuLink href="/datastores">Backup datastores</MenuLink>
            <MenuLink href="/help">Help</MenuLink>
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
