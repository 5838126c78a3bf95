"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { ListChecks } from "lucide-react";
import Link from "next/link";
import { parseAsInteger, parseAsNumberLiteral, useQueryStates } from "nuqs";
import { REPORT_DAYS, type RunReport, type RunReportRow, successRate } from "@/server/domain/run-report";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { PageHeader } from "../layout/page-header";
import { formatBytes, formatCount, formatDuration } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Select } from "../ui/select";
import { JobSelect } from "./job-select";
import { ReportActions } from "./report-actions";
import { ReportLinks } from "./report-links";

const FILTERS = { days: parseAsNumberLiteral(REPORT_DAYS).withDefault(30), job: parseAsInteger };

const column = columnsOf<RunReportRow>();
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
  column.accessor((row) => percentText(successRate(row)), {
    id: "rate",
    header: () => t("Success"),
    meta: { card: "corner", className: "tabular-nums" },
  }),
  column.accessor("done", {
    header: () => t("Done"),
    meta: { sort: "done", card: "fact", className: "tabular-nums" },
    cell: ({ row: { original } }) =>
      original.warned === 0
        ? original.done
        : t("{done} ({warned} with warnings)", { done: original.done, warned: original.warned }),
  }),
  column.accessor("failed", {
    header: () => t("Failed"),
    meta: { sort: "failed", card: "fact", isInteractive: true },
    cell: ({ row: { original } }) => <Failed row={original} />,
  }),
  column.accessor("cancelled", {
    header: () => t("Cancelled"),
    meta: { card: "fact", className: "tabular-nums" },
  }),
  column.accessor((row) => formatBytes(row.bytes), {
    id: "bytes",
    header: () => t("Stored"),
    meta: { sort: "bytes", card: "fact", className: "whitespace-nowrap tabular-nums" },
  }),
  column.accessor((row) => (row.meanSeconds === null ? "" : formatDuration(1000 * row.meanSeconds)), {
    id: "mean",
    header: () => t("Mean length"),
    meta: { card: "fact", className: "whitespace-nowrap tabular-nums" },
  }),
]);

/** How the backups of each VM ended in the last days. */
export function RunsPage() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const params = useTableParams();
  const [{ days, job }, setFilters] = useQueryStates(FILTERS, { history: "replace" });
  const filter = {
    days,
    ...(params.search === "" ? {} : { search: params.search }),
    ...(job === null ? {} : { jobId: job }),
  };
  const query = useQuery(
    trpc.report.runs.queryOptions({ ...params.input, ...filter }, { placeholderData: keepPreviousData }),
  );
  const set = (next: Parameters<typeof setFilters>[0]) => {
    params.setPage(0);
    void setFilters(next);
  };
  return (
    <>
      <PageHeader
        title={t("Runs")}
        summary={query.data === undefined ? t("How did the backups of each VM end?") : answer(query.data, days)}
        actions={
          <ReportActions
            fileName="backup-runs.csv"
            load={() =>
              queryClient.fetchQuery(trpc.report.exportRuns.queryOptions(filter, { staleTime: 0, gcTime: 0 }))
            }
          />
        }
      />
      <ReportLinks />
      <DataTable
        caption={t("Backups of each VM")}
        columns={COLUMNS}
        query={query}
        rowKey={(row) => String(row.vmId)}
        rowHref={(row) => `/vms/${row.vmId}`}
        params={params}
        searchLabel={t("Search by name or id")}
        filters={
          <>
            <Select
              aria-label={t("Period")}
              className="w-44"
              value={days}
              onChange={(event) => set({ days: REPORT_DAYS.find((each) => String(each) === event.target.value) ?? 30 })}
            >
              {REPORT_DAYS.map((each) => (
                <option key={each} value={each}>
                  {t("Last {each} days", { each })}
                </option>
              ))}
            </Select>
            <JobSelect value={job} onChange={(next) => set({ job: next })} />
          </>
        }
        activeFilters={job === null ? [] : [{ label: t("Job {job}", { job }), onClear: () => set({ job: null }) }]}
        empty={
          <EmptyState
            icon={ListChecks}
            title={t("No backup ended in the last {days} days", { days })}
            actions={<ButtonLink href="/jobs">{t("Backup jobs")}</ButtonLink>}
          >
            {t(
              "Each VM with a backup in the period gets a row here. Choose a longer period, or see whether a job runs.",
            )}
          </EmptyState>
        }
      />
    </>
  );
}

function Failed({ row }: { row: RunReportRow }) {
  if (row.failedActionId === null) return <>{row.failed}</>;
  return (
    <span title={row.failure ?? undefined}>
      {row.failed},{" "}
      <Link className="text-primary hover:underline" href={`/activity/${row.failedActionId}`}>
        {t("last in run {failedActionId}", { failedActionId: row.failedActionId })}
      </Link>
    </span>
  );
}

/** The sentence an operator would say aloud. */
function answer({ sum, total }: RunReport, days: number): string {
  const rate = successRate(sum);
  if (rate === null) return t("No backup ended in the last {days} days.", { days });
  const vms = t("{total, plural, one {1 VM} other {{total2} VMs}}", { total, total2: formatCount(total) });
  return t("{percentText} of {done} backups of {vms} succeeded in the last {days} days; {bytes} were stored.", {
    percentText: percentText(rate),
    done: formatCount(sum.done + sum.failed),
    vms,
    days,
    bytes: formatBytes(sum.bytes),
  });
}

/** One decimal, and never 100 % while one has failed. */
function percentText(rate: number | null): string {
  return rate === null ? "" : `${(Math.floor(1000 * rate) / 10).toFixed(1)} %`;
}
