"use client";

import { useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { useTRPC } from "../trpc/client";

/** What follows a change of users, groups, rights or quotas: a word about it, and the lists read again. */
export function useAdminChange(onDone: () => void): (message: string) => Promise<void> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return async (message) => {
    toast.success(message);
    onDone();
    await Promise.all([
      queryClient.invalidateQueries(trpc.user.pathFilter()),
      queryClient.invalidateQueries(trpc.access.pathFilter()),
    ]);
  };
}
