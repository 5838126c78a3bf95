"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { t } from "../i18n/t";
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
      title={t("Health of its points")}
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
            { label: t("Verified"), value: formatCount(data.verified) },
            { label: t("Checksummed only"), value: formatCount(data.checksummed) },
            { label: t("Not verified"), value: formatCount(data.unverified) },
            {
              label: t("Cannot be restored"),
              value: <span className={data.damaged > 0 ? "text-danger" : ""}>{formatCount(data.damaged)}</span>,
            },
            {
              label: t("Boot checks"),
              value: t("{bootAlive} with a sign of life, {bootSilent} without", {
                bootAlive: formatCount(data.bootAlive),
                bootSilent: formatCount(data.bootSilent),
              }),
            },
            {
              label: t("Oldest check"),
              value: data.oldestCheckAt === null ? t("none was made") : <Time at={data.oldestCheckAt} />,
            },
            ...(data.running === 0
              ? []
              : [
                  {
                    label: t("Now"),
                    value: t(
                      "{running, plural, one {1 check is queued or running} other {{running2} checks are queued or running}}",
                      { running: data.running, running2: formatCount(data.running) },
                    ),
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
        const left =
          skipped === 0 ? "" : t("; {skipped} {skipped, plural, one {is} other {are}} busy and left out", { skipped });
        toast(
          t("{actionIdsCount, plural, one {1 check is} other {{actionIdsCount} checks are}} queued{left}", {
            actionIdsCount: actionIds.length,
            left,
          }),
        );
        await queryClient.invalidateQueries(trpc.verification.pathFilter());
      },
    }),
  );
  const why = datastore.may.manage
    ? (reason ?? (datastore.pointCount === 0 ? t("It holds no point.") : null))
    : t("You need the MANAGE right on this datastore. Its owner or an administrator can grant it.");
  return (
    <>
      <Button disabledReason={why} onClick={() => setIsOpen(true)}>
        <ShieldCheck aria-hidden />
        {t("Verify all")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={t("Verify every backup in {name}?", { name: datastore.name })}
        consequences={[
          t(
            "{chainCount, plural, one {1 backup is read again: {storedBytes}.} other {{chainCount2} backups are read again, one run each: {storedBytes} together.}}",
            {
              chainCount: datastore.chainCount,
              storedBytes: formatBytes(datastore.storedBytes),
              chainCount2: formatCount(datastore.chainCount),
            },
          ),
          t("They wait for a free place like every other operation. Each can be cancelled."),
          t("Nothing stored is changed. Damaged points are marked, with those that need them."),
        ]}
        confirmLabel={t("Verify all")}
        cancelLabel={t("Not now")}
        isBusy={verify.isPending}
        error={verify.error === null ? null : errorMessage(verify.error)}
        onConfirm={() => verify.mutate({ datastoreId: datastore.id })}
      />
    </>
  );
}
