"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import type { OverviewView } from "@/server/domain/overview";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { useTRPC } from "../trpc/client";
import { Card } from "../ui/card";
import { AttentionList } from "./attention-list";
import { Heatmap } from "./heatmap";
import { NextRuns } from "./next-runs";
import { OverviewSkeleton } from "./overview-skeleton";
import { RecentRuns } from "./recent-runs";
import { RunningNow } from "./running-now";
import { Starter } from "./starter";
import { Tiles } from "./tiles";
import { VerdictLine } from "./verdict-line";

const RpoCurve = dynamic(() => import("./rpo-curve").then((module) => module.RpoCurve), { ssr: false });
const CapacityCard = dynamic(() => import("./capacity-card").then((module) => module.CapacityCard), { ssr: false });

/** Is tonight fine, and what is to be done next? */
export function OverviewPage() {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.system.overview.queryOptions());
  return (
    <>
      <PageHeader title={t("Overview")} />
      {error === null ? null : (
        <div className="mb-4">
          <ErrorState error={error} what={t("the overview")} onRetry={() => void refetch()} />
        </div>
      )}
      {data === undefined && error === null ? <OverviewSkeleton /> : null}
      {data === undefined ? null : <Overview view={data} />}
    </>
  );
}

function Overview({ view }: { view: OverviewView }) {
  const isNew = view.vms.total === 0 || view.points === 0;
  return (
    <div className="grid gap-4">
      <VerdictLine view={view} />
      {isNew ? <Starter view={view} /> : null}
      {view.vms.total === 0 && view.points === 0 ? null : <Tiles view={view} />}
      {view.attention.length === 0 ? null : (
        <Card title={t("Needs attention")}>
          <AttentionList groups={view.attention} />
        </Card>
      )}
      {view.vms.total === 0 ? null : <Heatmap />}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <RunningNow actions={view.running} />
        <NextRuns />
        {view.vms.total === 0 ? null : <RpoCurve />}
        {view.hasBackupDatastore ? <CapacityCard /> : null}
        <RecentRuns actions={view.recent} />
      </div>
    </div>
  );
}
