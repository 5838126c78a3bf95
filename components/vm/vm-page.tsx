"use client";

import { useQuery } from "@tanstack/react-query";
import { Combine } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { LockBadge } from "@/components/access/lock-badge";
import { said } from "@/components/i18n/said";
import { rich, t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { PageHeader } from "@/components/layout/page-header";
import { formatBytes, formatMb } from "@/components/lib/format";
import { ProtectionBadge, VmStateBadge } from "@/components/state-badge";
import { useTRPC } from "@/components/trpc/client";
import { Badge } from "@/components/ui/badge";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import { Time } from "@/components/ui/time";
import { lastDrill } from "@/components/verification/drill-text";
import { rpoWords } from "@/server/domain/compliance";
import type { VmDetail } from "@/server/domain/vm";
import { RunningBackup } from "./running-backup";
import { snapshotCount } from "./snapshot-count";
import { VmActions } from "./vm-actions";
import { PointsTab, TimelineTab } from "./vm-points";

const loading = () => <Skeleton className="h-64 w-full" />;
// The timeline is what nearly everybody comes for; the code of the other tabs is loaded when they are opened.
const DisksTab = dynamic(() => import("./disks-tab").then((module) => module.DisksTab), { loading });
const SnapshotsTab = dynamic(() => import("./snapshots-tab").then((module) => module.SnapshotsTab), { loading });
const PolicyTab = dynamic(() => import("./policy-tab").then((module) => module.PolicyTab), { loading });
const SchedulesTab = dynamic(() => import("./vm-schedules").then((module) => module.SchedulesTab), { loading });
const VmActivity = dynamic(() => import("./vm-activity").then((module) => module.VmActivity), { loading });
const AccessCard = dynamic(() => import("../access/access-card").then((module) => module.AccessCard), { loading });

const TABS = ["timeline", "points", "disks", "snapshots", "policy", "schedules", "activity", "access"] as const;

/** One VM: how it is protected, its points, its settings, what ran. */
export function VmPage({ vmId }: { vmId: number }) {
  const trpc = useTRPC();
  const vm = useQuery(trpc.vm.get.queryOptions({ vmId }));
  if (vm.data === undefined) {
    return vm.isError ? (
      <div className="pt-4">
        <ErrorState error={vm.error} what={t("VM {vmId}", { vmId })} onRetry={() => void vm.refetch()} />
      </div>
    ) : (
      <VmSkeleton />
    );
  }
  return <VmView vm={vm.data} />;
}

function VmView({ vm }: { vm: VmDetail }) {
  const [tab, setTab] = useQueryState("tab", parseAsStringLiteral(TABS).withDefault("timeline"));
  return (
    <>
      <PageHeader
        title={
          <>
            {vm.name} <span className="font-normal text-muted">{t("VM {id}", { id: vm.id })}</span>
          </>
        }
        badge={
          <>
            <ProtectionBadge protection={vm.protection} />
            <VmStateBadge state={vm.state} />
            <LockBadge kind="vm" id={vm.id} />
            {vm.backupConfig.activeFlatten && (
              <Badge tone="running" icon={Combine}>
                {t("Merging old points")}
              </Badge>
            )}
          </>
        }
        summary={<VmSummary vm={vm} />}
        actions={<VmActions vm={vm} />}
      />
      {vm.runningActionId !== null && <RunningBackup actionId={vm.runningActionId} />}
      {vm.hostError !== null && vm.state === "UNKNOWN" && (
        <Notice
          tone="warning"
          title={t("{hostName} does not answer: whether this VM runs is not known", { hostName: vm.hostName })}
          className="mb-4"
        >
          {vm.hostError}
        </Notice>
      )}
      {vm.excludedReason !== null && (
        <Notice tone="info" title={t("Left out of the backups")} className="mb-4">
          {vm.excludedReason}
          {vm.excludedUntil === null ? null : (
            <> {rich("Until {excludedUntil}.", { excludedUntil: <Time at={vm.excludedUntil} /> })}</>
          )}
        </Notice>
      )}
      {vm.lastError !== null && vm.runningActionId === null && (
        <Notice tone="danger" title={t("The last backup failed")} className="mb-4">
          {said(vm.lastError)}
        </Notice>
      )}
      <Tabs
        label={t("Views of {name}", { name: vm.name })}
        value={tab}
        onValueChange={(next) => void setTab(next)}
        tabs={[
          { value: "timeline", label: t("Timeline"), content: <TimelineTab vm={vm} /> },
          {
            value: "points",
            label: t("Points ({pointCount})", { pointCount: vm.pointCount }),
            content: <PointsTab vm={vm} />,
          },
          {
            value: "disks",
            label: t("Disks ({disksCount})", { disksCount: vm.disks.length }),
            content: <DisksTab vm={vm} />,
          },
          {
            value: "snapshots",
            label: t("Snapshots ({vm})", { vm: snapshotCount(vm) }),
            content: <SnapshotsTab vm={vm} />,
          },
          { value: "policy", label: t("Policy"), content: <PolicyTab vm={vm} /> },
          { value: "schedules", label: t("Schedules"), content: <SchedulesTab vm={vm} /> },
          { value: "activity", label: t("Activity"), content: <VmActivity vmId={vm.id} /> },
          { value: "access", label: t("Access"), content: <AccessCard kind="vm" id={vm.id} name={vm.name} /> },
        ]}
      />
    </>
  );
}

function VmSummary({ vm }: { vm: VmDetail }) {
  const disks = t("{diskCount, plural, one {1 disk} other {{diskCount} disks}}", { diskCount: vm.diskCount });
  return (
    <>
      {vm.newestPointAt === null ? (
        t("No point to go back to yet. ")
      ) : (
        <span className="[&_time_span]:whitespace-normal">
          {rich("Newest good point: {newestPointAt}, at most {rpoWords} old by its RPO.", {
            newestPointAt: <Time at={vm.newestPointAt} />,
            rpoWords: rpoWords(vm.target.rpoMinutes),
          })}{" "}
        </span>
      )}
      {t("On {hostName}, {disks} of {sizeMb}, {storedBytes} stored.", {
        hostName: vm.hostName,
        disks,
        sizeMb: formatMb(vm.sizeMb),
        storedBytes: formatBytes(vm.storedBytes),
      })}
      {vm.pointCount === 0 ? null : <DrillWords vmId={vm.id} />}
    </>
  );
}

/** What a restore of this VM has really taken: the last boot check that showed a sign of life. */
function DrillWords({ vmId }: { vmId: number }) {
  const { data } = useQuery(useTRPC().vm.chains.queryOptions({ vmId }));
  if (data === undefined) return null;
  const drill = lastDrill(data);
  return (
    <span className="[&_time_span]:whitespace-normal">
      {" "}
      {drill === null
        ? t("No restore of it was ever tried out: a boot check of a point does that.")
        : rich("Last drill: {drill}, {at}.", { drill: drill.text, at: <Time at={drill.check.at} short /> })}
    </span>
  );
}

function VmSkeleton() {
  return (
    <div role="status" className="space-y-4 pt-4">
      <span className="sr-only">{t("Loading the VM")}</span>
      <Skeleton className="h-8 w-64" />
      <Skeleton className="h-5 w-96 max-w-full" />
      <Skeleton className="h-10 w-full" />
      <Skeleton className="h-64 w-full" />
    </div>
  );
}
