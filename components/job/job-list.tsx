"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CalendarClock, Plus } from "lucide-react";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { PageHeader } from "../layout/page-header";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { JOB_COLUMNS } from "./job-columns";

/** Every backup job with how its last run went and when the next one is. */
export function JobList() {
  const trpc = useTRPC();
  const params = useTableParams({ sort: "name" });
  const query = useQuery(trpc.job.list.queryOptions(params.input, { placeholderData: keepPreviousData }));
  const add = (
    <ButtonLink href="/jobs/new" variant="primary">
      <Plus aria-hidden /> {t("New job")}
    </ButtonLink>
  );
  return (
    <>
      <PageHeader
        title={t("Backup jobs")}
        summary={t("A job backs up a list of VMs to one datastore, by hand or by schedule.")}
        actions={
          <>
            <ButtonLink href="/schedule">{t("Schedule")}</ButtonLink>
            {add}
          </>
        }
      />
      <DataTable
        caption={t("Backup jobs")}
        columns={JOB_COLUMNS}
        query={query}
        rowKey={(row) => String(row.id)}
        rowHref={(row) => `/jobs/${row.id}`}
        params={params}
        searchLabel={t("Search by name")}
        empty={
          <EmptyState
            icon={CalendarClock}
            title={t("No backup job yet")}
            actions={
              <ButtonLink href="/jobs/new?starter=nightly" variant="primary">
                {t("Start with a nightly job")}
              </ButtonLink>
            }
          >
            {t(
              "The starter is a job of every night at 02:00 with increments and the last seven points kept. You choose the VMs and the datastore.",
            )}
          </EmptyState>
        }
      />
    </>
  );
}
