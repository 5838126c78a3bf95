"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";

/** Starts checks of restore points and says so, with a way to the run; the page stays where it is. */
export function useStartCheck() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const options = (what: string) => ({
    onSuccess: async ({ actionId }: { actionId: number }) => {
      toast(t("{what} is queued as run {actionId}", { what, actionId }), {
        action: { label: t("Show"), onClick: () => router.push(`/activity/${actionId}`) },
      });
      await Promise.all([
        queryClient.invalidateQueries(trpc.action.pathFilter()),
        queryClient.invalidateQueries(trpc.verification.pathFilter()),
      ]);
    },
    onError: (error: unknown) => toast.error(errorMessage(error)),
  });
  return {
    verify: useMutation(trpc.verification.verify.mutationOptions(options(t("The check")))),
    bootCheck: useMutation(trpc.verification.bootCheck.mutationOptions(options(t("The boot check")))),
  };
}
