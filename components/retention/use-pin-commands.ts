"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";

/** Pin and unpin; what shows points is read again. A failed pin is told where it was asked for. */
export function usePinCommands(onPinned?: () => void) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const readAgain = async () => {
    await Promise.all(
      [trpc.vm, trpc.backup, trpc.retention].map((router) => queryClient.invalidateQueries(router.pathFilter())),
    );
  };
  const pin = useMutation(
    trpc.retention.pin.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Pinned."));
        onPinned?.();
        await readAgain();
      },
    }),
  );
  const unpin = useMutation(
    trpc.retention.unpin.mutationOptions({
      onSuccess: async () => {
        toast.success(t("The pin is gone. The retention settings decide about this point again."));
        await readAgain();
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return { pin, unpin };
}
