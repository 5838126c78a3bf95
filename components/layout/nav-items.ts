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
import { t } from "@/components/i18n/t";

export interface NavItem {
  label: string;
  href: string;
  icon: LucideIcon;
}

/** The navigation, groups in order of frequency of use. */
export const NAV_GROUPS: readonly { label: string; items: readonly NavItem[] }[] = [
  {
    get label() {
      return t("Watch");
    },
    items: [
      {
        get label() {
          return t("Overview");
        },
        href: "/",
        icon: LayoutDashboard,
      },
      {
        get label() {
          return t("Activity");
        },
        href: "/activity",
        icon: Activity,
      },
      {
        get label() {
          return t("Reports");
        },
        href: "/reports/compliance",
        icon: ShieldCheck,
      },
    ],
  },
  {
    get label() {
      return t("Protect");
    },
    items: [
      {
        get label() {
          return t("Virtual machines");
        },
        href: "/vms",
        icon: Server,
      },
      {
        get label() {
          return t("Backup jobs");
        },
        href: "/jobs",
        icon: ListChecks,
      },
      {
        get label() {
          return t("Schedule");
        },
        href: "/schedule",
        icon: CalendarDays,
      },
      {
        get label() {
          return t("Hosts");
        },
        href: "/hosts",
        icon: Cpu,
      },
    ],
  },
  {
    get label() {
      return t("Recover");
    },
    items: [
      {
        get label() {
          return t("Restore");
        },
        href: "/restore/new",
        icon: RotateCcw,
      },
      {
        get label() {
          return t("Backups");
        },
        href: "/backups",
        icon: Archive,
      },
    ],
  },
  {
    get label() {
      return t("Store");
    },
    items: [
      {
        get label() {
          return t("Backup datastores");
        },
        href: "/datastores",
        icon: Database,
      },
      {
        get label() {
          return t("Virtual networks");
        },
        href: "/networks",
        icon: Network,
      },
    ],
  },
  {
    get label() {
      return t("Administer");
    },
    items: [
      {
        get label() {
          return t("Users and groups");
        },
        href: "/admin/users",
        icon: Users,
      },
      {
        get label() {
          return t("Quotas");
        },
        href: "/admin/quotas",
        icon: Gauge,
      },
      {
        get label() {
          return t("Audit log");
        },
        href: "/admin/audit",
        icon: ScrollText,
      },
      {
        get label() {
          return t("Notifications");
        },
        href: "/notifications",
        icon: Bell,
      },
      {
        get label() {
          return t("System settings");
        },
        href: "/settings",
        icon: Settings,
      },
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
