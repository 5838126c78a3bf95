"use client";

import { useQuery } from "@tanstack/react-query";
import { Database, Plus } from "lucide-react";
import type { DatastoreRow } from "@/server/domain/datastore";
import type { StoreState } from "@/server/domain/datastore-facts";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { formatBytes } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Skeleton } from "../ui/skeleton";
import { DatastoreCard } from "./datastore-card";
import { OtherDatastores } from "./other-datastores";
import { useStoreFacts } from "./use-store-facts";

/** All places that keep backups, and below them those that restores write to. */
export function DatastoreList() {
  const trpc = useTRPC();
  const { data, error, isPending, refetch } = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }));
  const facts = useStoreFacts();
  return (
    <>
      <PageHeader
        title={t("Backup datastores")}
        summary={
          data === undefined || data.length === 0
            ? undefined
            : summaryOf(data.map((row) => ({ ...row, state: facts.of(row.id)?.state ?? row.health })))
        }
        actions={<AddDatastore />}
      />
      <div className="grid gap-6">
        {error === null ? null : <ErrorState error={error} what={t("the datastores")} onRetry={() => void refetch()} />}
        {isPending ? <ListSkeleton /> : null}
        {data === undefined ? null : data.length === 0 ? (
          <Card>
            <EmptyState icon={Database} title={t("No backup datastore yet")} actions={<AddDatastore />}>
              {t("A backup datastore is a folder, here or on another machine, that keeps chains of restore points.")}
            </EmptyState>
          </Card>
        ) : (
          <ul aria-label={t("Backup datastores")} className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {data.map((datastore) => (
              <DatastoreCard key={datastore.id} datastore={datastore} facts={facts.of(datastore.id)} />
            ))}
          </ul>
        )}
        <OtherDatastores />
      </div>
    </>
  );
}

function AddDatastore() {
  const reason = useAdminReason(t("add datastores"));
  if (reason !== null) {
    return (
      <Button variant="primary" disabledReason={reason}>
        <Plus aria-hidden /> {t("Add datastore")}
      </Button>
    );
  }
  return (
    <ButtonLink href="/datastores/new" variant="primary">
      <Plus aria-hidden /> {t("Add datastore")}
    </ButtonLink>
  );
}

function ListSkeleton() {
  return (
    <div role="status" className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
      <span className="sr-only">{t("Loading")}</span>
      <Skeleton className="h-44 rounded-card" />
      <Skeleton className="h-44 rounded-card" />
      <Skeleton className="h-44 rounded-card" />
    </div>
  );
}

function summaryOf(rows: readonly (DatastoreRow & { state: StoreState })[]): string {
  const unhealthy = rows.filter((row) => row.state !== "healthy" && row.state !== "unknown").length;
  const stored = formatBytes(rows.reduce((sum, row) => sum + row.storedBytes, 0));
  const health =
    unhealthy === 0
      ? t("None needs you")
      : t("{unhealthy, plural, one {One needs you} other {{unhealthy} need you}}", { unhealthy });
  return t(
    "{health}; {stored} of backups in {rowsCount, plural, one {one datastore} other {{rowsCount} datastores}}.",
    { health, stored, rowsCount: rows.length },
  );
}
