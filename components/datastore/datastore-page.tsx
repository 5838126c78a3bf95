"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, RotateCw } from "lucide-react";
import { toast } from "sonner";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { AccessCard } from "../access/access-card";
import { rich, t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { errorMessage } from "../lib/error-message";
import { formatBytes, formatCount } from "../lib/format";
import { HealthBadge } from "../state-badge";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Card, Facts } from "../ui/card";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { DatastoreChecks } from "../verification/datastore-checks";
import { Leftovers } from "../verification/leftovers";
import { VerifySchedule } from "../verification/verify-schedule";
import { DatastoreAttributes } from "./datastore-attributes";
import { DatastoreCapacity } from "./datastore-capacity";
import { DatastoreContents } from "./datastore-contents";
import { DeleteDatastore } from "./delete-datastore";
import { CapacityOutlook } from "./keep-what-if";
import { ReadInCard } from "./read-in-card";
import { StoreHealth } from "./store-health";
import { useStoreFacts } from "./use-store-facts";

/** One datastore: how full, what is in it, how it is set up. */
export function DatastorePage({ datastoreId }: { datastoreId: number }) {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.datastore.get.queryOptions({ datastoreId }));
  if (data !== undefined) return <Detail datastore={data} />;
  return (
    <>
      <PageHeader title={t("Datastore {datastoreId}", { datastoreId })} />
      {error === null ? (
        <Skeleton className="h-64 w-full rounded-card" />
      ) : (
        <ErrorState error={error} what={t("datastore {datastoreId}", { datastoreId })} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Detail({ datastore }: { datastore: DatastoreDetail }) {
  const facts = useStoreFacts().of(datastore.id);
  return (
    <>
      <PageHeader
        title={datastore.name}
        badge={<HealthBadge health={facts?.state ?? datastore.health} />}
        summary={<span className="font-mono wrap-anywhere">{datastore.location}</span>}
        actions={
          <>
            <CheckNow datastoreId={datastore.id} />
            {datastore.type === "BACKUP" && (
              <ButtonLink href={`/datastores/${datastore.id}/edit`}>
                <Pencil aria-hidden />
                {t("Edit")}
              </ButtonLink>
            )}
            <DeleteDatastore datastore={datastore} />
          </>
        }
      />
      <div className="grid gap-4">
        {datastore.error === null ? null : (
          <Notice tone="danger" title={t("The last check failed")}>
            {datastore.error}
          </Notice>
        )}
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <Card title={t("Capacity")}>
            <DatastoreCapacity datastore={datastore} />
            <p className="mt-2 text-muted">
              {datastore.monitoredAt === null ? (
                t("It has never been measured.")
              ) : (
                <>{rich("Measured {monitoredAt}", { monitoredAt: <Time at={datastore.monitoredAt} /> })}</>
              )}
            </p>
          </Card>
          <Card title={t("About this datastore")}>
            <Facts
              items={[
                { label: t("Driver"), value: datastore.driver },
                { label: t("Chains"), value: formatCount(datastore.chainCount) },
                { label: t("Restore points"), value: formatCount(datastore.pointCount) },
                { label: t("Backups"), value: formatBytes(datastore.storedBytes) },
                {
                  label: t("Owner"),
                  value: t("{ownerName}, group {groupName}", {
                    ownerName: datastore.ownerName,
                    groupName: datastore.groupName,
                  }),
                },
                { label: t("Added"), value: <Time at={datastore.createdAt} /> },
              ]}
            />
          </Card>
        </div>
        {datastore.type === "BACKUP" ? (
          <>
            <div className="grid items-start gap-4 lg:grid-cols-2">
              <StoreHealth datastore={datastore} />
              <CapacityOutlook datastoreId={datastore.id} />
            </div>
            <div className="grid items-start gap-4 lg:grid-cols-2">
              <DatastoreChecks datastore={datastore} />
              <VerifySchedule datastore={datastore} />
            </div>
            <DatastoreContents datastoreId={datastore.id} />
            <Leftovers datastore={datastore} />
            <ReadInCard datastore={datastore} />
          </>
        ) : null}
        <DatastoreAttributes datastore={datastore} />
        <AccessCard kind="datastore" id={datastore.id} name={datastore.name} />
      </div>
    </>
  );
}

function CheckNow({ datastoreId }: { datastoreId: number }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const monitor = useMutation(
    trpc.datastore.monitor.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.datastore.pathFilter());
        toast(t("Checked"));
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return (
    <Button isBusy={monitor.isPending} onClick={() => monitor.mutate({ datastoreId })}>
      {monitor.isPending ? null : <RotateCw aria-hidden />}
      {t("Check now")}
    </Button>
  );
}
