"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { Fragment } from "react";

const AREAS: Record<string, { label: string; one: string; href: string | null }> = {
  activity: { label: "Activity", one: "Run", href: "/activity" },
  vms: { label: "Virtual machines", one: "VM", href: "/vms" },
  hosts: { label: "Hosts", one: "Host", href: "/hosts" },
  jobs: { label: "Backup jobs", one: "Job", href: "/jobs" },
  schedule: { label: "Schedule", one: "Schedule", href: null },
  settings: { label: "System settings", one: "Settings", href: null },
  restore: { label: "Restore", one: "Plan", href: null },
  backups: { label: "Backups", one: "Backup", href: "/backups" },
  datastores: { label: "Backup datastores", one: "Datastore", href: "/datastores" },
  networks: { label: "Virtual networks", one: "Network", href: "/networks" },
  notifications: { label: "Notifications", one: "", href: null },
  reports: { label: "Reports", one: "", href: null },
  admin: { label: "Administration", one: "", href: null },
  account: { label: "Account", one: "Account", href: null },
  help: { label: "Help", one: "Help", href: null },
};
const WORDS: Record<string, string> = {
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
};

interface Crumb {
  label: string;
  href: string | null;
}

/** Where this page is, from its address: `Activity / Run 12`. */
export function Breadcrumb() {
  const crumbs = crumbsOf(usePathname());
  return (
    <nav aria-label="Breadcrumb">
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
  if (first === undefined) return [{ label: "Overview", href: "/" }];
  const area = AREAS[first];
  if (area === undefined) return [{ label: first, href: null }];
  const start: Crumb = { label: area.label, href: area.href };
  if (second === undefined || first === "restore") return [start];
  const label = /^\d+$/.test(second) ? `${area.one} ${second}` : (WORDS[second] ?? second);
  if (third === undefined) return [start, { label, href: null }];
  return [start, { label, href: `/${first}/${second}` }, { label: WORDS[third] ?? third, href: null }];
}
