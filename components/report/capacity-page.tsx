"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Database } from "lucide-react";
import Link from "next/link";
import { type CapacityHistory, MIN_DAYS, TREND_DAYS } from "@/server/domain/capacity-trend";
import { capacityOf } from "../datastore/capacity";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { formatMb } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Card, Facts } from "../ui/card";
import { CapacityBar } from "../ui/progress";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { CapacityChart } from "./capacity-chart";
import { fullWords, growthWords } from "./capacity-words";
import { ReportActions } from "./report-actions";
import { ReportLinks } from "./report-links";

/** How full the backup datastores are, day by day, and where that leads. */
export function CapacityPage() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery(trpc.report.capacity.queryOptions());
  return (
    <>
      <PageHeader
        title={t("Capacity")}
        summary={t(
          "The space of each backup datastore, measured every day. The growth is a straight line through the last {trendDays} days; with fewer than {minDays} days nothing is foretold.",
          { trendDays: TREND_DAYS, minDays: MIN_DAYS },
        )}
        actions={
          <ReportActions
            fileName="capacity.csv"
            load={() =>
              queryClient.fetchQuery(trpc.report.exportCapacity.queryOptions(undefined, { staleTime: 0, gcTime: 0 }))
            }
          />
        }
      />
      <ReportLinks />
      {error === null ? null : (
        <ErrorState error={error} what={t("the space of the datastores")} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null ? <Skeleton className="h-64 w-full" /> : null}
      {data?.length === 0 ? (
        <EmptyState
          icon={Database}
          title={t("No backup datastore")}
          actions={<ButtonLink href="/datastores">{t("Backup datastores")}</ButtonLink>}
        >
          {t("Each backup datastore that you may see gets a part here, with its space and its growth.")}
        </EmptyState>
      ) : null}
      <div className="grid items-start gap-4 xl:grid-cols-2">
        {data?.map((store) => (
          <StorePart key={store.id} store={store} />
        ))}
      </div>
    </>
  );
}

function StorePart({ store }: { store: CapacityHistory }) {
  const { id, name, usedMb, freeMb, monitoredAt, trend, days } = store;
  const capacity = capacityOf({ usedMb, freeMb, totalMb: usedMb + freeMb });
  return (
    <Card title={trend === null ? name : `${name}: ${growthWords(trend).toLowerCase()}`}>
      <div className="space-y-3">
        {capacity === null ? (
          <p className="text-muted">{t("It was never measured. Its page says why.")}</p>
        ) : (
          <CapacityBar label={t("Use of {name}", { name })} {...capacity} />
        )}
        <CapacityChart store={store} />
        <Facts
          items={[
            { label: t("Outlook"), value: fullWords(store) },
            { label: t("Days measured"), value: days.length },
            {
              label: t("Measured"),
              value: monitoredAt === null ? "never" : <Time at={monitoredAt} short />,
            },
            {
              label: t("Datastore"),
              value: (
                <Link className="text-primary hover:underline" href={`/datastores/${id}`}>
                  {t("{name}, {freeMb} free", { name, freeMb: formatMb(freeMb) })}
                </Link>
              ),
            },
          ]}
        />
      </div>
    </Card>
  );
}
