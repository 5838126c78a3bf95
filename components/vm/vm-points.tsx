"use client";

import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import type { ReactNode } from "react";
import { PointTable } from "@/components/backup/point-table";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { ErrorState } from "@/components/layout/error-state";
import { formatBytes, formatDuration } from "@/components/lib/format";
import { TimelinePanel } from "@/components/timeline/timeline-panel";
import { TimelineSkeleton } from "@/components/timeline/timeline-skeleton";
import { useTRPC } from "@/components/trpc/client";
import type { Chain } from "@/server/domain/backup";
import type { VmDetail } from "@/server/domain/vm";

/** The points of the VM as a timeline. */
export function TimelineTab({ vm }: { vm: VmDetail }) {
  const marks = useQuery(useTRPC().vm.marks.queryOptions({ vmId: vm.id }));
  return <WithChains vm={vm}>{(chains) => <TimelinePanel chains={chains} marks={marks.data} />}</WithChains>;
}

/** The same points as a table. */
export function PointsTab({ vm }: { vm: VmDetail }) {
  return (
    <WithChains vm={vm}>
      {(chains) => (
        <div className="card rounded-card border border-line bg-surface">
          <PointTable chains={chains} caption={t("Restore points of {name}", { name: vm.name })} />
        </div>
      )}
    </WithChains>
  );
}

function WithChains({ vm, children }: { vm: VmDetail; children: (chains: Chain[]) => ReactNode }) {
  const trpc = useTRPC();
  const chains = useQuery(trpc.vm.chains.queryOptions({ vmId: vm.id }));
  if (chains.isPending) return <TimelineSkeleton />;
  const isEmpty = chains.data?.every((chain) => chain.points.length === 0) ?? false;
  return (
    <div className="space-y-3">
      {chains.isError && (
        <ErrorState error={chains.error} what={t("the restore points")} onRetry={() => void chains.refetch()} />
      )}
      {isEmpty && (
        <EmptyState icon={History} title={t("No points yet")}>
          {vm.runningActionId === null
            ? firstFullWords(vm)
            : t("The first point appears here when the backup that runs now is done.")}
        </EmptyState>
      )}
      {chains.data !== undefined && !isEmpty && (
        <div className={chains.isError ? "opacity-60" : undefined}>{children(chains.data)}</div>
      )}
    </div>
  );
}

function firstFullWords({ fullEstimateBytes, fullEstimateMs }: VmDetail): string {
  const size = formatBytes(fullEstimateBytes);
  return fullEstimateMs === null
    ? t("The first full backup would read {size} at most. Start it with “Back up now” above.", { size })
    : t(
        "The first full backup would read {size} at most, about {time} at the usual speed of its host. Start it with “Back up now” above.",
        { size, time: formatDuration(fullEstimateMs) },
      );
}
