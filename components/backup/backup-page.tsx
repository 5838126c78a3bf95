"use client";

import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { AccessCard } from "@/components/access/access-card";
import { LockBadge } from "@/components/access/lock-badge";
import { RunsOf } from "@/components/action/runs-of";
import { said } from "@/components/i18n/said";
import { rich, t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { PageHeader } from "@/components/layout/page-header";
import { formatBytes } from "@/components/lib/format";
import { restoreHref } from "@/components/restore/wizard-state";
import { ChainBadge, ImageStateBadge } from "@/components/state-badge";
import { restorablePoints } from "@/components/timeline/point-ref";
import { TimelinePanel } from "@/components/timeline/timeline-panel";
import { TimelineSkeleton } from "@/components/timeline/timeline-skeleton";
import { usePointParam } from "@/components/timeline/use-point-param";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { VerifyButton } from "@/components/verification/verify-button";
import type { Chain } from "@/server/domain/backup";
import { guestBytes, pointsText } from "./chain-facts";
import { DeleteBackup } from "./delete-backup";
import { PointTable } from "./point-table";

/** One backup image: its points as timeline and table, and its end. */
export function BackupPage({ imageId }: { imageId: number }) {
  const trpc = useTRPC();
  const chain = useQuery(trpc.backup.get.queryOptions({ imageId }));
  if (chain.data !== undefined) return <BackupView chain={chain.data} />;
  return (
    <div className="pt-4">
      {chain.isError ? (
        <ErrorState
          error={chain.error}
          what={t("backup {imageId}", { imageId })}
          onRetry={() => void chain.refetch()}
        />
      ) : (
        <TimelineSkeleton />
      )}
    </div>
  );
}

function BackupView({ chain }: { chain: Chain }) {
  return (
    <>
      <PageHeader
        title={
          <>
            {rich("Backup {imageId} <part>of {vmName}</part>", {
              imageId: chain.imageId,
              vmName: chain.vmName,
              part: (content) => <span className="font-normal text-muted">{content}</span>,
            })}
          </>
        }
        badge={
          <>
            <ImageStateBadge state={chain.state} />
            <LockBadge kind="image" id={chain.imageId} />
            <ChainBadge isChain={chain.isChain} isOpen={chain.isOpen} />
          </>
        }
        summary={t("{pointsText}, {storedBytes} stored in {datastoreName}.", {
          pointsText: pointsText(chain),
          storedBytes: formatBytes(chain.storedBytes),
          datastoreName: chain.datastoreName,
        })}
        actions={
          <>
            <RestoreChain chain={chain} />
            <VerifyButton chain={chain} upTo={null} />
            <DeleteBackup chain={chain} />
          </>
        }
      />
      <div className="space-y-4">
        {chain.error !== null && (
          <Notice tone="danger" title={t("The last operation on this backup failed")}>
            {said(chain.error)}
          </Notice>
        )}
        <TimelinePanel chains={[chain]} />
        <Card title={t("Points")} isFlush>
          <PointTable chains={[chain]} caption={t("Points of backup {imageId}", { imageId: chain.imageId })} />
        </Card>
        <Card title={t("Backup")}>
          <Facts items={factsOf(chain)} />
        </Card>
        <section aria-labelledby="runs">
          <h2 id="runs" className="mb-2 text-md font-semibold">
            {t("Checks and other runs")}
          </h2>
          <RunsOf
            filter={{ imageId: chain.imageId }}
            caption={t("Runs of this backup")}
            empty={t("Checks, restores and merges of this backup are listed here.")}
          />
        </section>
        <AccessCard kind="image" id={chain.imageId} name={`backup ${chain.imageId}`} />
      </div>
    </>
  );
}

function RestoreChain({ chain }: { chain: Chain }) {
  const router = useRouter();
  const { selected } = usePointParam();
  const isPossible = restorablePoints([chain]).length > 0;
  return (
    <Button
      variant="primary"
      disabledReason={isPossible ? null : t("None of its points can be restored.")}
      onClick={() => router.push(restoreHref({ vmId: chain.vmId, ...(selected ?? { imageId: chain.imageId }) }))}
    >
      <RotateCcw aria-hidden />
      {t("Restore")}
    </Button>
  );
}

function factsOf(chain: Chain) {
  const link = "text-primary hover:underline";
  return [
    { label: t("Name"), value: chain.name },
    {
      label: "VM",
      value: (
        <Link className={link} href={`/vms/${chain.vmId}`}>
          {t("{vmName} (VM {vmId})", { vmName: chain.vmName, vmId: chain.vmId })}
        </Link>
      ),
    },
    {
      label: t("Datastore"),
      value: (
        <Link className={link} href={`/datastores/${chain.datastoreId}`}>
          {chain.datastoreName}
        </Link>
      ),
    },
    { label: t("Guest size"), value: formatBytes(guestBytes(chain)) },
  ];
}
