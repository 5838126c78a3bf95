"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { EvidenceRow } from "@/server/domain/run-report";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
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
    header: "Points verified",
    meta: { card: "corner", className: "whitespace-nowrap tabular-nums" },
    cell: ({ row: { original } }) => (
      <>
        {original.verified} of {original.points}
        {original.broken === 0 ? null : <span className="text-danger">, {original.broken} damaged</span>}
      </>
    ),
  }),
  column.accessor("verifiedAt", {
    header: "Last verified",
    meta: { sort: "verifiedAt", card: "fact" },
    cell: ({ row }) => <Proof at={row.original.verifiedAt} actionId={null} />,
  }),
  column.accessor("bootedAt", {
    header: "Last boot check",
    meta: { sort: "bootedAt", card: "fact", isInteractive: true },
    cell: ({ row: { original } }) => (
      <Proof at={original.bootedAt} actionId={original.bootActionId}>
        {original.bootVerdict === "alive" ? "sign of life" : "no sign of life"}
        {original.bootRtoSeconds === null ? "" : ` after ${formatDuration(1000 * original.bootRtoSeconds)}`}
      </Proof>
    ),
  }),
  column.accessor("restoredAt", {
    header: "Last restore",
    meta: { sort: "restoredAt", card: "fact", isInteractive: true },
    cell: ({ row: { original } }) => (
      <Proof at={original.restoredAt} actionId={original.restoreActionId}>
        {original.restoreSeconds === null ? "done" : `done in ${formatDuration(1000 * original.restoreSeconds)}`}
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
        title="Evidence"
        summary="What proves that each VM can be restored: points read again, boot checks and restores that ended well. What was never looked at comes first."
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
        caption="Evidence of each VM"
        columns={COLUMNS}
        query={query}
        rowKey={(row) => String(row.vmId)}
        rowHref={(row) => `/vms/${row.vmId}`}
        params={params}
        searchLabel="Search by name or id"
        empty={
          <EmptyState
            icon={ShieldCheck}
            title="No restore points yet"
            actions={<ButtonLink href="/vms">Virtual machines</ButtonLink>}
          >
            Each VM with a restore point that you may see gets a row here, with its checks and restores.
          </EmptyState>
        }
      />
    </>
  );
}

function Proof({ at, actionId, children }: { at: number | null; actionId: number | null; children?: ReactNode }) {
  if (at === null) return <span className="text-muted">Never</span>;
  return (
    <>
      <Time at={at} short />
      {children === undefined ? null : (
        <span className="block text-sm text-muted">
          {children}
          {actionId === null ? null : (
            <>
              {", "}
              <Link className="text-primary hover:underline" href={`/activity/${actionId}`}>
                run {actionId}
              </Link>
            </>
          )}
        </span>
      )}
    </>
  );
}
