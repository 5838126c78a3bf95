"use client";

import { useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { useTRPC } from "../trpc/client";

/** What follows a change of channels, rules or settings: a word about it, and everything here read again. */
export function useNotificationChange(): (message: string) => Promise<void> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return async (message) => {
    toast.success(message);
    await queryClient.invalidateQueries(trpc.notification.pathFilter());
  };
}
