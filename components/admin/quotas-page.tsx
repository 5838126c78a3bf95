"use client";

import { useQuery } from "@tanstack/react-query";
import { Gauge, Plus } from "lucide-react";
import { useState } from "react";
import type { QuotaRow } from "@/server/domain/quota";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { PageHeader } from "../layout/page-header";
import { formatCount, formatMb, percentOf } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { type BarTone, CapacityBar } from "../ui/progress";
import { QuotaDialog, type QuotaSubject } from "./quota-dialog";

const column = columnsOf<QuotaRow>();

function columnsFor(onEdit: (row: QuotaRow) => void, reason: string | null) {
  return column.columns([
    column.accessor("subjectName", {
      header: t("Who"),
      cell: ({ row }) => (
        <>
          {row.original.subjectName}{" "}
          <span className="font-normal text-muted">
            {row.original.subject} #{row.original.subjectId}
          </span>
        </>
      ),
      meta: { isName: true, className: "min-w-40" },
    }),
    column.accessor("datastoreName", { header: t("Datastore"), meta: { card: "fact" } }),
    column.display({
      id: "size",
      header: t("Stored"),
      cell: ({ row }) => (
        <Use
          label={t("Size of {subjectName} on {datastoreName}", {
            subjectName: row.original.subjectName,
            datastoreName: row.original.datastoreName,
          })}
          used={row.original.sizeUsedMb}
          limit={row.original.sizeLimitMb}
          format={formatMb}
        />
      ),
      meta: { card: "fact", className: "min-w-48" },
    }),
    column.display({
      id: "images",
      header: t("Images"),
      cell: ({ row }) => (
        <Use
          label={t("Images of {subjectName} on {datastoreName}", {
            subjectName: row.original.subjectName,
            datastoreName: row.original.datastoreName,
          })}
          used={row.original.imagesUsed}
          limit={row.original.imagesLimit}
          format={formatCount}
        />
      ),
      meta: { card: "fact", className: "min-w-48" },
    }),
    column.display({
      id: "actions",
      header: () => <span className="sr-only">{t("Actions")}</span>,
      cell: ({ row }) => (
        <Button
          size="sm"
          disabledReason={reason}
          aria-label={t("Change the quota of {subjectName} on {datastoreName}", {
            subjectName: row.original.subjectName,
            datastoreName: row.original.datastoreName,
          })}
          onClick={() => onEdit(row.original)}
        >
          {t("Change")}
        </Button>
      ),
      meta: { isInteractive: true, align: "end", card: "corner" },
    }),
  ]);
}

const FULL = 100;
const NEARLY = 85;

function Use(props: { label: string; used: number; limit: number; format: (value: number) => string }) {
  const { label, used, limit, format } = props;
  if (limit < 0) return <>{t("{used}, no limit", { used: format(used) })}</>;
  const percent = limit === 0 ? FULL : percentOf(used, limit);
  const tone: BarTone = percent >= FULL ? "danger" : percent >= NEARLY ? "warning" : "primary";
  return (
    <CapacityBar
      label={label}
      percent={percent}
      text={t("{used} of {limit}", { used: format(used), limit: format(limit) })}
      tone={tone}
    />
  );
}

/** What users and groups store in each datastore, and their limits. */
export function QuotasPage() {
  const trpc = useTRPC();
  const [open, setOpen] = useState<QuotaSubject | null>(null);
  const reason = useAdminReason(t("set quotas"));
  const query = useQuery(
    trpc.access.quotas.queryOptions(undefined, { select: (rows) => ({ rows, total: rows.length }) }),
  );
  const add = (
    <Button variant="primary" disabledReason={reason} onClick={() => setOpen({})}>
      <Plus aria-hidden /> {t("Set a quota")}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t("Quotas")}
        summary={t("What a user or a group may store in a datastore. A backup reserves its size before it begins.")}
        actions={add}
      />
      <DataTable
        caption={t("Quotas")}
        columns={columnsFor((quota) => setOpen({ quota }), reason)}
        query={query}
        rowKey={(row) => `${row.subject}-${row.subjectId}-${row.datastoreId}`}
        empty={
          <EmptyState
            icon={Gauge}
            title={reason === null ? t("No quota yet") : t("No quota holds for you")}
            actions={add}
          >
            {t("Without one, a user stores as much as the datastore holds.")}
          </EmptyState>
        }
      />
      {open === null ? null : <QuotaDialog subject={open} onClose={() => setOpen(null)} />}
    </>
  );
}
