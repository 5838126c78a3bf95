"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { errorMessage } from "../lib/error-message";
import { formatBytes, formatCount } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card, Facts } from "../ui/card";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";

/** How far the points of a datastore are checked, and the check of all of them. */
export function DatastoreChecks({ datastore }: { datastore: DatastoreDetail }) {
  const trpc = useTRPC();
  const checks = useQuery(trpc.verification.ofDatastore.queryOptions({ datastoreId: datastore.id }));
  const { data } = checks;
  return (
    <Card
      title="Health of its points"
      data-testid="datastore-checks"
      actions={<VerifyAll datastore={datastore} reason={data?.verifyReason ?? null} />}
    >
      {data === undefined ? (
        checks.error === null ? (
          <Skeleton className="h-24 w-full" />
        ) : (
          <p className="text-danger">{errorMessage(checks.error)}</p>
        )
      ) : (
        <Facts
          items={[
            { label: "Verified", value: formatCount(data.verified) },
            { label: "Checksummed only", value: formatCount(data.checksummed) },
            { label: "Not verified", value: formatCount(data.unverified) },
            {
              label: "Cannot be restored",
              value: <span className={data.damaged > 0 ? "text-danger" : ""}>{formatCount(data.damaged)}</span>,
            },
            {
              label: "Boot checks",
              value: `${formatCount(data.bootAlive)} with a sign of life, ${formatCount(data.bootSilent)} without`,
            },
            {
              label: "Oldest check",
              value: data.oldestCheckAt === null ? "none was made" : <Time at={data.oldestCheckAt} />,
            },
            ...(data.running === 0
              ? []
              : [
                  {
                    label: "Now",
                    value:
                      data.running === 1
                        ? "1 check is queued or running"
                        : `${formatCount(data.running)} checks are queued or running`,
                  },
                ]),
          ]}
        />
      )}
    </Card>
  );
}

function VerifyAll({ datastore, reason }: { datastore: DatastoreDetail; reason: string | null }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const verify = useMutation(
    trpc.verification.verifyDatastore.mutationOptions({
      onSuccess: async ({ actionIds, skipped }) => {
        setIsOpen(false);
        const left = skipped === 0 ? "" : `; ${skipped} ${skipped === 1 ? "is" : "are"} busy and left out`;
        toast(`${actionIds.length === 1 ? "1 check is" : `${actionIds.length} checks are`} queued${left}`);
        await queryClient.invalidateQueries(trpc.verification.pathFilter());
      },
    }),
  );
  const why = datastore.may.manage
    ? (reason ?? (datastore.pointCount === 0 ? "It holds no point." : null))
    : "You need the MANAGE right on this datastore. Its owner or an administrator can grant it.";
  return (
    <>
      <Button disabledReason={why} onClick={() => setIsOpen(true)}>
        <ShieldCheck aria-hidden />
        Verify all
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={`Verify every backup in ${datastore.name}?`}
        consequences={[
          datastore.chainCount === 1
            ? `1 backup is read again: ${formatBytes(datastore.storedBytes)}.`
            : `${formatCount(datastore.chainCount)} backups are read again, one run each: ${formatBytes(datastore.storedBytes)} together.`,
          "They wait for a free place like every other operation. Each can be cancelled.",
          "Nothing stored is changed. Damaged points are marked, with those that need them.",
        ]}
        confirmLabel="Verify all"
        cancelLabel="Not now"
        isBusy={verify.isPending}
        error={verify.error === null ? null : errorMessage(verify.error)}
        onConfirm={() => verify.mutate({ datastoreId: datastore.id })}
      />
    </>
  );
}
