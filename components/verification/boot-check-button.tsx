"use client";

import { useQuery } from "@tanstack/react-query";
import { MonitorPlay } from "lucide-react";
import { useState } from "react";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { formatBytes } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { useStartCheck } from "./use-start-check";

/** Starts the disks of a point where they can do no harm, after saying what that does. */
export function BootCheckButton({
  chain,
  point,
  size = "md",
}: {
  chain: Chain;
  point: RestorePoint;
  size?: "sm" | "md";
}) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const { data } = useQuery(trpc.verification.options.queryOptions({ imageId: chain.imageId }));
  const { bootCheck } = useStartCheck();
  const { imageId, incrementId } = point;
  const reason =
    point.broken === null
      ? (data?.bootReason ?? null)
      : t("This point cannot be restored: {broken}", { broken: said(point.broken) });
  return (
    <>
      <Button size={size} disabledReason={reason} onClick={() => setIsOpen(true)} data-testid="boot-check">
        <MonitorPlay aria-hidden />
        {t("Boot check")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={t("Start the disks of increment {incrementId} of backup {imageId}?", { incrementId, imageId })}
        consequences={[
          t(
            "Its disks are restored to the machine of Strata: up to {restoreBytes} are written there and removed when it is over.",
            { restoreBytes: formatBytes(point.restoreBytes) },
          ),
          t("A machine without any network starts from them. The VM itself and its network see nothing of it."),
          t(
            "It is watched for two minutes at most for a sign of life; then it is switched off. A picture of its screen is kept with the point.",
          ),
          t("A sign of life says that something on the disks runs. Whether its services work, you see for yourself."),
        ]}
        confirmLabel={t("Start the boot check")}
        cancelLabel={t("Not now")}
        isBusy={bootCheck.isPending}
        onConfirm={() => bootCheck.mutate({ imageId, incrementId }, { onSettled: () => setIsOpen(false) })}
      />
    </>
  );
}
