"use client";

import { useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Chain } from "@/server/domain/backup";
import { t } from "../i18n/t";
import { formatBytes } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { useStartCheck } from "./use-start-check";

/**
 * Reads stored points again, after saying what that does. `upTo`: the point to check with all it needs; null: every
 * point of the backup.
 */
export function VerifyButton({ chain, upTo, size = "md" }: { chain: Chain; upTo: number | null; size?: "sm" | "md" }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const { data } = useQuery(trpc.verification.options.queryOptions({ imageId: chain.imageId }));
  const { verify } = useStartCheck();
  const points = chain.points.filter((point) => upTo === null || point.incrementId <= upTo);
  const bytes = points.reduce((sum, point) => sum + point.storedBytes, 0);
  const name =
    upTo === null
      ? t("backup {imageId}", { imageId: chain.imageId })
      : t("increment {upTo} of backup {imageId}", { upTo, imageId: chain.imageId });
  return (
    <>
      <Button
        size={size}
        disabledReason={points.length === 0 ? t("It has no point.") : (data?.verifyReason ?? null)}
        aria-label={t("Verify {name}", { name })}
        onClick={() => setIsOpen(true)}
        data-testid={upTo === null ? "verify-chain" : "verify-point"}
      >
        <ShieldCheck aria-hidden />
        {upTo === null ? t("Verify") : t("Verify point")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={t("Verify {name}?", { name })}
        consequences={[
          t(
            "{pointsCount, plural, one {One point is} other {{pointsCount} points are}} read from {datastoreName}: {bytes}, compared with the checksums of the time of the backup.",
            { pointsCount: points.length, datastoreName: chain.datastoreName, bytes: formatBytes(bytes) },
          ),
          "qemu-img checks each disk, and the chain is opened as a restore would open it.",
          t("Nothing stored is changed. While it runs, the backup cannot be deleted or merged."),
          t("A damaged point is marked, and so are those that need it; they can no longer be restored."),
        ]}
        confirmLabel={t("Verify")}
        cancelLabel={t("Not now")}
        isBusy={verify.isPending}
        onConfirm={() =>
          verify.mutate({ imageId: chain.imageId, incrementId: upTo }, { onSettled: () => setIsOpen(false) })
        }
      />
    </>
  );
}
