"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import type { ActionKind, ActionRow } from "@/server/domain/action";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";

/** Starts a failed or cancelled run once more, as a new run, and goes to it. */
export function RetryAction(props: {
  actionId: number;
  /** Names the run for screen readers. */
  label: string;
  size?: "sm" | "md";
  disabledReason?: string | null;
}) {
  const { actionId, label, size = "md" } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const retry = useMutation(
    trpc.action.retry.mutationOptions({
      onSuccess: async (result) => {
        router.push(`/activity/${result.actionId}`);
        await queryClient.invalidateQueries(trpc.action.pathFilter());
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return (
    <Button
      size={size}
      variant="primary"
      aria-label={t("Retry: {label}", { label })}
      isBusy={retry.isPending}
      disabledReason={props.disabledReason ?? null}
      onClick={() => retry.mutate({ actionId })}
    >
      <RotateCw aria-hidden />
      {t("Retry")}
    </Button>
  );
}

/** Kinds that one click may start again; overwriting disks in place is asked for in the wizard, with its plan. */
const RETRYABLE: readonly ActionKind[] = ["backup", "restore", "verify", "boot-check"];

/** Why a run cannot be retried, null when it can. Only runs that ended without success are worth asking. */
export function retryReason(action: Pick<ActionRow, "state" | "kind">): string | null {
  if (action.state !== "FAILED" && action.state !== "CANCELLED")
    return t("Only a failed or cancelled run can be retried.");
  if (RETRYABLE.includes(action.kind)) return null;
  return t("Start it again from the page of its object.");
}
