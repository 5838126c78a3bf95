"use client";

import { useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { useTRPC } from "@/components/trpc/client";

/** What follows when the core took an operation on a VM: a word with the run, and the page reads the VM again. */
export function useDeviceRun(
  onTaken: () => void,
): (what: string) => { onSuccess: (r: { actionId: number }) => Promise<void> } {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return (what) => ({
    onSuccess: async ({ actionId }) => {
      onTaken();
      toast.success(t("{what}: run {actionId}", { what, actionId }));
      await queryClient.invalidateQueries(trpc.vm.pathFilter());
    },
  });
}
