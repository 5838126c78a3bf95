"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from "nuqs";
import { COMPLIANCE_STATES, type ComplianceReport } from "@/server/domain/compliance";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { PageHeader } from "../layout/page-header";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Select } from "../ui/select";
import { COMPLIANCE_COLUMNS } from "./compliance-columns";
import { STATE_WORDS } from "./compliance-state";
import { JobSelect } from "./job-select";
import { ReportActions } from "./report-actions";
import { ReportLinks } from "./report-links";

const FILTERS = { state: parseAsStringLiteral(COMPLIANCE_STATES), job: parseAsInteger };
/** Ages grow by themselves: the report is read again now and then, also when nothing happens. */
const REFRESH_MS = 60_000;

/** RPO of every VM: its target, how old the newest good point is, and the last two weeks. */
export function CompliancePage() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const params = useTableParams({ sort: "state" });
  const [{ state, job }, setFilters] = useQueryStates(FILTERS, { history: "replace" });
  const filter = {
    ...(params.search === "" ? {} : { search: params.search }),
    ...(state === null ? {} : { state }),
    ...(job === null ? {} : { jobId: job }),
  };
  const query = useQuery(
    trpc.report.compliance.queryOptions(
      { ...params.input, ...filter },
      { placeholderData: keepPreviousData, refetchInterval: REFRESH_MS },
    ),
  );
  const jobs = useQuery(trpc.job.list.queryOptions({ limit: 200, sort: "name" }));
  const set = (next: Parameters<typeof setFilters>[0]) => {
    params.setPage(0);
    void setFilters(next);
  };
  const jobName = (jobs.data?.rows ?? []).find((row) => row.id === job)?.name ?? t("Job {job}", { job });
  return (
    <>
      <PageHeader
        title={t("Compliance")}
        summary={query.data === undefined ? t("Is every VM backed up as often as it should be?") : answer(query.data)}
        actions={
          <ReportActions
            fileName="compliance.csv"
            load={() =>
              queryClient.fetchQuery(trpc.report.exportCompliance.queryOptions(filter, { staleTime: 0, gcTime: 0 }))
            }
          />
        }
      />
      <ReportLinks />
      <DataTable
        caption={t("RPO of each VM")}
        columns={COMPLIANCE_COLUMNS}
        query={query}
        rowKey={(row) => String(row.vmId)}
        rowHref={(row) => `/vms/${row.vmId}`}
        params={params}
        searchLabel={t("Search by name or id")}
        filters={
          <>
            <Select
              aria-label={t("Filter by state")}
              className="w-44"
              value={state ?? ""}
              onChange={(event) =>
                set({ state: COMPLIANCE_STATES.find((each) => each === event.target.value) ?? null })
              }
            >
              <option value="">{t("Any state")}</option>
              {COMPLIANCE_STATES.map((each) => (
                <option key={each} value={each}>
                  {STATE_WORDS[each]}
                  {query.data === undefined ? "" : ` (${query.data.counts[each]})`}
                </option>
              ))}
            </Select>
            <JobSelect value={job} onChange={(next) => set({ job: next })} />
          </>
        }
        activeFilters={[
          ...(state === null ? [] : [{ label: STATE_WORDS[state], onClear: () => set({ state: null }) }]),
          ...(job === null ? [] : [{ label: jobName, onClear: () => set({ job: null }) }]),
        ]}
        empty={
          <EmptyState
            icon={ShieldCheck}
            title={t("No virtual machines yet")}
            actions={<ButtonLink href="/vms">{t("Virtual machines")}</ButtonLink>}
          >
            {t("Each VM that you may see gets a row here, with its target and the age of its newest good point.")}
          </EmptyState>
        }
      />
    </>
  );
}

/** The sentence an operator would say aloud. */
function answer({ counts }: ComplianceReport): string {
  const asked = counts.in + counts.out + counts.never;
  const excluded = counts.excluded === 0 ? "" : t(" {excluded} left out with a reason.", { excluded: counts.excluded });
  if (asked === 0) return t("No VM has to be measured.{excluded}", { excluded });
  const missing = counts.out + counts.never;
  const verdict =
    missing === 0
      ? t("All {asked} VMs are inside their RPO.", { asked })
      : t("{in} of {asked} VMs are inside their RPO; {missing} {missing, plural, one {needs} other {need}} you.", {
          in: counts.in,
          asked,
          missing,
        });
  return verdict + excluded;
}
