"use client";

import { useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Chain } from "@/server/domain/backup";
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
  const name = upTo === null ? `backup ${chain.imageId}` : `increment ${upTo} of backup ${chain.imageId}`;
  return (
    <>
      <Button
        size={size}
        disabledReason={points.length === 0 ? "It has no point." : (data?.verifyReason ?? null)}
        aria-label={`Verify ${name}`}
        onClick={() => setIsOpen(true)}
        data-testid={upTo === null ? "verify-chain" : "verify-point"}
      >
        <ShieldCheck aria-hidden />
        {upTo === null ? "Verify" : "Verify point"}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={`Verify ${name}?`}
        consequences={[
          `${points.length === 1 ? "One point is" : `${points.length} points are`} read from ${chain.datastoreName}: ${formatBytes(bytes)}, compared with the checksums of the time of the backup.`,
          "qemu-img checks each disk, and the chain is opened as a restore would open it.",
          "Nothing stored is changed. While it runs, the backup cannot be deleted or merged.",
          "A damaged point is marked, and so are those that need it; they can no longer be restored.",
        ]}
        confirmLabel="Verify"
        cancelLabel="Not now"
        isBusy={verify.isPending}
        onConfirm={() =>
          verify.mutate({ imageId: chain.imageId, incrementId: upTo }, { onSettled: () => setIsOpen(false) })
        }
      />
    </>
  );
}
