import {
  Activity,
  Archive,
  Bell,
  CalendarDays,
  Cpu,
  Database,
  Gauge,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Network,
  RotateCcw,
  ScrollText,
  Server,
  Settings,
  ShieldCheck,
  Users,
} from "lucide-react";

export interface NavItem {
  label: string;
  href: string;
  icon: LucideIcon;
}

/** The navigation, groups in order of frequency of use. */
export const NAV_GROUPS: readonly { label: string; items: readonly NavItem[] }[] = [
  {
    label: "Watch",
    items: [
      { label: "Overview", href: "/", icon: LayoutDashboard },
      { label: "Activity", href: "/activity", icon: Activity },
      { label: "Reports", href: "/reports/compliance", icon: ShieldCheck },
    ],
  },
  {
    label: "Protect",
    items: [
      { label: "Virtual machines", href: "/vms", icon: Server },
      { label: "Backup jobs", href: "/jobs", icon: ListChecks },
      { label: "Schedule", href: "/schedule", icon: CalendarDays },
      { label: "Hosts", href: "/hosts", icon: Cpu },
    ],
  },
  {
    label: "Recover",
    items: [
      { label: "Restore", href: "/restore/new", icon: RotateCcw },
      { label: "Backups", href: "/backups", icon: Archive },
    ],
  },
  {
    label: "Store",
    items: [
      { label: "Backup datastores", href: "/datastores", icon: Database },
      { label: "Virtual networks", href: "/networks", icon: Network },
    ],
  },
  {
    label: "Administer",
    items: [
      { label: "Users and groups", href: "/admin/users", icon: Users },
      { label: "Quotas", href: "/admin/quotas", icon: Gauge },
      { label: "Audit log", href: "/admin/audit", icon: ScrollText },
      { label: "Notifications", href: "/notifications", icon: Bell },
      { label: "System settings", href: "/settings", icon: Settings },
    ],
  },
];

/** Is `path` inside the area of `href`? */
export function isInArea(path: string, href: string): boolean {
  if (href === "/") return path === "/";
  const [, first = "", second = ""] = href.split("/");
  const area = first === "admin" ? `/${first}/${second}` : `/${first}`;
  return path === area || path.startsWith(`${area}/`);
}
