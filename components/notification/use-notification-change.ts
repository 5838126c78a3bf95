"use client";

import { useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { useTRPC } from "../trpc/client";

/** What follows a change of channels, rules or settings: a word about it, unless it is null, and all of it read again. */
export function useNotificationChange(): (message: string | null) => Promise<void> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return async (message) => {
    if (message !== null) toast.success(message);
    await queryClient.invalidateQueries(trpc.notification.pathFilter());
  };
}
