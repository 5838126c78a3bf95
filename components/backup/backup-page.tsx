"use client";

import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { AccessCard } from "@/components/access/access-card";
import { LockBadge } from "@/components/access/lock-badge";
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
        <ErrorState error={chain.error} what={`backup ${imageId}`} onRetry={() => void chain.refetch()} />
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
            Backup {chain.imageId} <span className="font-normal text-muted">of {chain.vmName}</span>
          </>
        }
        badge={
          <>
            <ImageStateBadge state={chain.state} />
            <LockBadge kind="image" id={chain.imageId} />
            <ChainBadge isChain={chain.isChain} isOpen={chain.isOpen} />
          </>
        }
        summary={`${pointsText(chain)}, ${formatBytes(chain.storedBytes)} stored in ${chain.datastoreName}.`}
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
          <Notice tone="danger" title="The last operation on this backup failed">
            {chain.error}
          </Notice>
        )}
        <TimelinePanel chains={[chain]} />
        <Card title="Points" isFlush>
          <PointTable chains={[chain]} caption={`Points of backup ${chain.imageId}`} />
        </Card>
        <Card title="Backup">
          <Facts items={factsOf(chain)} />
        </Card>
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
      disabledReason={isPossible ? null : "None of its points can be restored."}
      onClick={() => router.push(restoreHref({ vmId: chain.vmId, ...(selected ?? { imageId: chain.imageId }) }))}
    >
      <RotateCcw aria-hidden />
      Restore
    </Button>
  );
}

function factsOf(chain: Chain) {
  const link = "text-primary hover:underline";
  return [
    { label: "Name", value: chain.name },
    {
      label: "VM",
      value: (
        <Link className={link} href={`/vms/${chain.vmId}`}>
          {chain.vmName} (VM {chain.vmId})
        </Link>
      ),
    },
    {
      label: "Datastore",
      value: (
        <Link className={link} href={`/datastores/${chain.datastoreId}`}>
          {chain.datastoreName}
        </Link>
      ),
    },
    { label: "Guest size", value: formatBytes(guestBytes(chain)) },
  ];
}
