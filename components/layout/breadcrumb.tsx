"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { Fragment } from "react";
import { t, words } from "@/components/i18n/t";

const AREAS: Record<string, { label: string; one: string; href: string | null }> = {
  activity: {
    get label() {
      return t("Activity");
    },
    get one() {
      return t("Run");
    },
    href: "/activity",
  },
  vms: {
    get label() {
      return t("Virtual machines");
    },
    one: "VM",
    href: "/vms",
  },
  hosts: {
    get label() {
      return t("Hosts");
    },
    get one() {
      return t("Host");
    },
    href: "/hosts",
  },
  jobs: {
    get label() {
      return t("Backup jobs");
    },
    get one() {
      return t("Job");
    },
    href: "/jobs",
  },
  schedule: {
    get label() {
      return t("Schedule");
    },
    get one() {
      return t("Schedule");
    },
    href: null,
  },
  settings: {
    get label() {
      return t("System settings");
    },
    get one() {
      return t("Settings");
    },
    href: null,
  },
  restore: {
    get label() {
      return t("Restore");
    },
    get one() {
      return t("Plan");
    },
    href: null,
  },
  backups: {
    get label() {
      return t("Backups");
    },
    get one() {
      return t("Backup");
    },
    href: "/backups",
  },
  datastores: {
    get label() {
      return t("Backup datastores");
    },
    get one() {
      return t("Datastore");
    },
    href: "/datastores",
  },
  networks: {
    get label() {
      return t("Virtual networks");
    },
    get one() {
      return t("Network");
    },
    href: "/networks",
  },
  notifications: {
    get label() {
      return t("Notifications");
    },
    one: "",
    href: null,
  },
  reports: {
    get label() {
      return t("Reports");
    },
    one: "",
    href: null,
  },
  admin: {
    get label() {
      return t("Administration");
    },
    one: "",
    href: null,
  },
  account: {
    get label() {
      return t("Account");
    },
    get one() {
      return t("Account");
    },
    href: null,
  },
  help: {
    get label() {
      return t("Help");
    },
    get one() {
      return t("Help");
    },
    href: null,
  },
};
const WORDS: Record<string, string> = words({
  new: "New",
  register: "Register",
  edit: "Edit",
  users: "Users and groups",
  quotas: "Quotas",
  audit: "Audit log",
  compliance: "Compliance",
  runs: "Runs",
  evidence: "Evidence",
  capacity: "Capacity",
  api: "HTTP API",
  files: "Files",
});

interface Crumb {
  label: string;
  href: string | null;
}

/** Where this page is, from its address: `Activity / Run 12`. */
export function Breadcrumb() {
  const crumbs = crumbsOf(usePathname());
  return (
    <nav aria-label={t("Breadcrumb")}>
      <ol className="flex items-center gap-2 overflow-hidden whitespace-nowrap">
        {crumbs.map((crumb, index) => (
          <Fragment key={crumb.label}>
            {index === 0 ? null : (
              <li aria-hidden className="text-muted">
                /
              </li>
            )}
            <li className="truncate">
              {crumb.href === null || index === crumbs.length - 1 ? (
                <span aria-current={index === crumbs.length - 1 ? "page" : undefined}>{crumb.label}</span>
              ) : (
                <Link href={crumb.href} className="rounded text-primary underline-offset-2 hover:underline">
                  {crumb.label}
                </Link>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}

function crumbsOf(path: string): Crumb[] {
  const [first, second, third] = path.split("/").filter(Boolean);
  if (first === undefined) return [{ label: t("Overview"), href: "/" }];
  const area = AREAS[first];
  if (area === undefined) return [{ label: first, href: null }];
  const start: Crumb = { label: area.label, href: area.href };
  if (second === undefined || first === "restore") return [start];
  const label = /^\d+$/.test(second) ? `${area.one} ${second}` : (WORDS[second] ?? second);
  if (third === undefined) return [start, { label, href: null }];
  return [start, { label, href: `/${first}/${second}` }, { label: WORDS[third] ?? third, href: null }];
}
