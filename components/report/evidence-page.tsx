"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { EvidenceRow } from "@/server/domain/run-report";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { PageHeader } from "../layout/page-header";
import { formatDuration } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Time } from "../ui/time";
import { ReportActions } from "./report-actions";
import { ReportLinks } from "./report-links";

const column = columnsOf<EvidenceRow>();
const COLUMNS = column.columns([
  column.accessor("vmName", {
    header: "VM",
    meta: { sort: "vmName", isName: true, className: "min-w-36" },
    cell: ({ row }) => (
      <>
        {row.original.vmName} <span className="font-normal text-muted">{row.original.vmId}</span>
      </>
    ),
  }),
  column.accessor("points", {
    header: () => t("Points verified"),
    meta: { card: "corner", className: "whitespace-nowrap tabular-nums" },
    cell: ({ row: { original } }) => (
      <>
        {t("{verified} of {points}", { verified: original.verified, points: original.points })}
        {original.broken === 0 ? null : (
          <span className="text-danger">{t(", {broken} damaged", { broken: original.broken })}</span>
        )}
      </>
    ),
  }),
  column.accessor("verifiedAt", {
    header: () => t("Last verified"),
    meta: { sort: "verifiedAt", card: "fact" },
    cell: ({ row }) => <Proof at={row.original.verifiedAt} actionId={null} />,
  }),
  column.accessor("bootedAt", {
    header: () => t("Last boot check"),
    meta: { sort: "bootedAt", card: "fact", isInteractive: true },
    cell: ({ row: { original } }) => (
      <Proof at={original.bootedAt} actionId={original.bootActionId}>
        {t(
          "{isAlive, select, yes {sign of life} other {no sign of life}}{noBootRtoSeconds, select, yes {} other { after {bootRtoSeconds}}}",
          {
            isAlive: original.bootVerdict === "alive" ? "yes" : "no",
            noBootRtoSeconds: original.bootRtoSeconds === null ? "yes" : "no",
            bootRtoSeconds: formatDuration(1000 * (original.bootRtoSeconds ?? 0)),
          },
        )}
      </Proof>
    ),
  }),
  column.accessor("restoredAt", {
    header: () => t("Last restore"),
    meta: { sort: "restoredAt", card: "fact", isInteractive: true },
    cell: ({ row: { original } }) => (
      <Proof at={original.restoredAt} actionId={original.restoreActionId}>
        {original.restoreSeconds === null
          ? t("done")
          : t("done in {restoreSeconds}", { restoreSeconds: formatDuration(1000 * original.restoreSeconds) })}
      </Proof>
    ),
  }),
]);

/** What proves that each VM can be restored. */
export function EvidencePage() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const params = useTableParams({ sort: "verifiedAt" });
  const filter = params.search === "" ? {} : { search: params.search };
  const query = useQuery(trpc.report.evidence.queryOptions(params.input, { placeholderData: keepPreviousData }));
  return (
    <>
      <PageHeader
        title={t("Evidence")}
        summary={t(
          "What proves that each VM can be restored: points read again, boot checks and restores that ended well. What was never looked at comes first.",
        )}
        actions={
          <ReportActions
            fileName="restore-evidence.csv"
            load={() =>
              queryClient.fetchQuery(trpc.report.exportEvidence.queryOptions(filter, { staleTime: 0, gcTime: 0 }))
            }
          />
        }
      />
      <ReportLinks />
      <DataTable
        caption={t("Evidence of each VM")}
        columns={COLUMNS}
        query={query}
        rowKey={(row) => String(row.vmId)}
        rowHref={(row) => `/vms/${row.vmId}`}
        params={params}
        searchLabel={t("Search by name or id")}
        empty={
          <EmptyState
            icon={ShieldCheck}
            title={t("No restore points yet")}
            actions={<ButtonLink href="/vms">{t("Virtual machines")}</ButtonLink>}
          >
            {t("Each VM with a restore point that you may see gets a row here, with its checks and restores.")}
          </EmptyState>
        }
      />
    </>
  );
}

function Proof({ at, actionId, children }: { at: number | null; actionId: number | null; children?: ReactNode }) {
  if (at === null) return <span className="text-muted">{t("Never")}</span>;
  return (
    <>
      <Time at={at} short />
      {children === undefined ? null : (
        <span className="block text-sm text-muted">
          {children}
          {actionId === null ? null : (
            <>
              {", "}
              <Link className="text-primary underline" href={`/activity/${actionId}`}>
                {t("run {actionId}", { actionId })}
              </Link>
            </>
          )}
        </span>
      )}
    </>
  );
}
