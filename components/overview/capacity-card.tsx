"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { CapacityHistory } from "@/server/domain/capacity-trend";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { CapacityChart } from "../report/capacity-chart";
import { fullWords, growthWords } from "../report/capacity-words";
import { useTRPC } from "../trpc/client";
import { ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Skeleton } from "../ui/skeleton";

const SHOWN = 3;

/** The datastores that are full first, with what is known of their growth. */
export function CapacityCard() {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.report.capacity.queryOptions());
  const stores = [...(data ?? [])].sort(byUrgency).slice(0, SHOWN);
  return (
    <Card
      title={t("Space of the backup datastores")}
      actions={
        <ButtonLink href="/reports/capacity" size="sm">
          {t("Capacity report")}
        </ButtonLink>
      }
    >
      {error === null ? null : (
        <ErrorState error={error} what={t("the space of the datastores")} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null ? <Skeleton className="h-32 w-full" /> : null}
      {data?.length === 0 ? <p className="text-muted">{t("You may see no backup datastore.")}</p> : null}
      <ul className="space-y-4">
        {stores.map((store) => (
          <li key={store.id}>
            <p className="font-medium">
              <Link
                href={`/datastores/${store.id}`}
                className="text-primary underline-offset-2 wrap-anywhere hover:underline"
              >
                {store.name}
              </Link>
            </p>
            <p className="mb-1 text-sm text-muted">
              {store.trend === null ? null : `${growthWords(store.trend)}. `}
              {fullWords(store)}.
            </p>
            <CapacityChart store={store} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Full soonest first, then by how full. */
function byUrgency(a: CapacityHistory, b: CapacityHistory): number {
  const days = (store: CapacityHistory) => store.trend?.daysToFull ?? Number.MAX_SAFE_INTEGER;
  const fill = ({ usedMb, freeMb }: CapacityHistory) => usedMb / Math.max(1, usedMb + freeMb);
  return days(a) - days(b) || fill(b) - fill(a);
}
