"use client";

import { useQuery } from "@tanstack/react-query";
import { t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { useTRPC } from "@/components/trpc/client";
import { Skeleton } from "@/components/ui/skeleton";
import { PointTable } from "./point-table";

/** The points of one backup of the catalogue, read when its row is opened. */
export function ChainPoints({ imageId }: { imageId: number }) {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.backup.get.queryOptions({ imageId }));
  if (data !== undefined) return <PointTable chains={[data]} caption={t("Points of backup {imageId}", { imageId })} />;
  if (error !== null) {
    return (
      <ErrorState
        error={error}
        what={t("the points of backup {imageId}", { imageId })}
        onRetry={() => void refetch()}
      />
    );
  }
  return <Skeleton className="h-24 w-full" />;
}
