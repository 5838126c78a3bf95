"use client";

import Link from "next/link";
import type { AuditRow } from "@/server/domain/audit";
import { columnsOf } from "../data-table/columns";
import { t, words } from "../i18n/t";
import { Time } from "../ui/time";

/** Kinds of objects in the audit log, in words. */
export const OBJECT_WORDS = words({
  vm: "VM",
  image: "Image or backup",
  datastore: "Datastore",
  job: "Backup job",
  host: "Host",
  network: "Network",
  template: "Template",
  user: "User",
  group: "Group",
  action: "Run",
  system: "System",
});

const PAGES: Record<string, string> = {
  vm: "/vms",
  datastore: "/datastores",
  job: "/jobs",
  host: "/hosts",
  action: "/activity",
};

const column = columnsOf<AuditRow>();

/** Columns of the audit log. */
export const AUDIT_COLUMNS = column.columns([
  column.accessor("at", {
    header: () => t("When"),
    cell: ({ getValue }) => <Time at={getValue()} short />,
    meta: { className: "whitespace-nowrap", card: "fact" },
  }),
  column.accessor("userName", {
    header: () => t("Who"),
    cell: ({ row }) => (
      <>
        {row.original.userName} <span className="text-muted">#{row.original.userId}</span>
      </>
    ),
    meta: { card: "fact" },
  }),
  column.accessor("what", {
    header: () => t("What"),
    meta: { isName: true, className: "min-w-40 font-mono" },
  }),
  column.display({
    id: "object",
    header: () => t("Object"),
    cell: ({ row }) => <ObjectLink entry={row.original} />,
    meta: { isInteractive: true, card: "fact", className: "whitespace-nowrap" },
  }),
  column.accessor("result", {
    header: () => t("Result"),
    meta: { card: "hidden" },
  }),
  column.accessor("details", {
    header: () => t("Details"),
    cell: ({ getValue }) => <span className="font-mono text-sm wrap-anywhere">{getValue()}</span>,
    meta: { card: "hidden", className: "min-w-64 max-w-xl" },
  }),
]);

function ObjectLink({ entry: { object, objectId } }: { entry: AuditRow }) {
  const words: Record<string, string> = OBJECT_WORDS;
  const label = `${words[object] ?? object}${objectId < 0 ? "" : ` ${objectId}`}`;
  const page = PAGES[object];
  if (page === undefined || objectId < 0) return <>{label}</>;
  return (
    <Link className="text-primary underline underline-offset-2" href={`${page}/${objectId}`}>
      {label}
    </Link>
  );
}
