"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from "nuqs";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/hooks/use-table-params";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { PageHeader } from "@/components/layout/page-header";
import { formatCount } from "@/components/lib/format";
import { JobSelect } from "@/components/report/job-select";
import { ReportActions } from "@/components/report/report-actions";
import { catalogueWord } from "@/components/state-badge";
import { useTRPC } from "@/components/trpc/client";
import { ButtonLink } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { CATALOGUE_SORTS, CATALOGUE_STATES, type CataloguePage } from "@/server/domain/backup-catalogue";
import { CATALOGUE_COLUMNS } from "./catalogue-columns";
import { ChainPoints } from "./chain-points";

const FILTERS = {
  datastore: parseAsInteger,
  job: parseAsInteger,
  state: parseAsStringLiteral(CATALOGUE_STATES),
};

/** The catalogue: every chain and full backup, each row opening to its points. */
export function BackupCatalogue() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const params = useTableParams({ sort: "newest", isDescending: true });
  const [{ datastore, job, state }, setFilters] = useQueryStates(FILTERS, { history: "replace" });
  const stores = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }));
  const jobs = useQuery(trpc.job.list.queryOptions({ limit: 200, sort: "name" }));
  const filter = {
    ...(params.search === "" ? {} : { search: params.search }),
    ...(datastore === null ? {} : { datastoreId: datastore }),
    ...(job === null ? {} : { jobId: job }),
    ...(state === null ? {} : { state }),
  };
  const { offset, limit, descending } = params.input;
  const query = useQuery(
    trpc.backup.catalogue.queryOptions(
      { offset, limit, descending, ...sortOf(params.sort), ...filter },
      { placeholderData: keepPreviousData },
    ),
  );
  const set = (next: Parameters<typeof setFilters>[0]) => {
    params.setPage(0);
    void setFilters(next);
  };
  const nameOf = (rows: readonly { id: number; name: string }[] | undefined, id: number) =>
    rows?.find((row) => row.id === id)?.name;
  return (
    <>
      <PageHeader
        title={t("Backups")}
        summary={
          query.data === undefined
            ? t("Every chain and full backup, also of machines that are gone.")
            : answer(query.data)
        }
        actions={
          <ReportActions
            fileName="backups.csv"
            load={() =>
              queryClient.fetchQuery(trpc.backup.exportCatalogue.queryOptions(filter, { staleTime: 0, gcTime: 0 }))
            }
          />
        }
      />
      <DataTable
        caption={t("Backups")}
        columns={CATALOGUE_COLUMNS}
        query={query}
        rowKey={(row) => String(row.imageId)}
        rowHref={(row) => `/backups/${row.imageId}`}
        detail={{
          title: t("Points"),
          label: (row) => t("Points of backup {imageId} of {vmName}", { imageId: row.imageId, vmName: row.vmName }),
          render: (row) => <ChainPoints imageId={row.imageId} />,
        }}
        params={params}
        searchLabel={t("Search by VM, name or id")}
        filters={
          <>
            <Select
              aria-label={t("Filter by state")}
              className="w-44"
              value={state ?? ""}
              onChange={(event) => set({ state: CATALOGUE_STATES.find((each) => each === event.target.value) ?? null })}
            >
              <option value="">{t("Any state")}</option>
              {CATALOGUE_STATES.map((each) => (
                <option key={each} value={each}>
                  {catalogueWord(each)}
                  {query.data === undefined ? "" : ` (${formatCount(query.data.counts[each])})`}
                </option>
              ))}
            </Select>
            <Select
              aria-label={t("Filter by datastore")}
              className="w-48"
              value={datastore ?? ""}
              onChange={(event) => set({ datastore: event.target.value === "" ? null : Number(event.target.value) })}
            >
              <option value="">{t("Any datastore")}</option>
              {stores.data?.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </Select>
            <JobSelect value={job} onChange={(next) => set({ job: next })} />
          </>
        }
        activeFilters={[
          ...(state === null ? [] : [{ label: catalogueWord(state), onClear: () => set({ state: null }) }]),
          ...(datastore === null
            ? []
            : [
                {
                  label: nameOf(stores.data, datastore) ?? t("Datastore {id}", { id: datastore }),
                  onClear: () => set({ datastore: null }),
                },
              ]),
          ...(job === null
            ? []
            : [{ label: nameOf(jobs.data?.rows, job) ?? t("Job {job}", { job }), onClear: () => set({ job: null }) }]),
        ]}
        empty={
          <EmptyState
            icon={Archive}
            title={t("No backups yet")}
            actions={<ButtonLink href="/vms">{t("Choose a VM to back up")}</ButtonLink>}
          >
            {t("Every chain and every full backup is listed here, also of machines that are gone.")}
          </EmptyState>
        }
      />
    </>
  );
}

/** The column of the URL, if the catalogue knows it. */
function sortOf(sort: string | null) {
  const known = CATALOGUE_SORTS.find((each) => each === sort);
  return known === undefined ? {} : { sort: known };
}

/** What somebody would say who has looked at all of it. */
function answer({ counts }: CataloguePage): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return t(
    "{total, plural, one {# backup} other {# backups}}; {broken, plural, =0 {none is broken} one {# is broken} other {# are broken}}, {orphans, plural, =0 {none} other {#}} of machines that are gone.",
    { total, broken: counts.broken, orphans: counts.orphan },
  );
}
