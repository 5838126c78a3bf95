"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/components/trpc/client";
import type { RestoreRequest } from "@/server/domain/restore";
import { useSettled } from "../hooks/use-settled";

const NOTHING: RestoreRequest = {
  imageId: 0,
  incrementId: 0,
  datastoreId: 0,
  name: null,
  network: "keep",
  diskIds: [],
  instantiate: null,
};

/**
 * The plan of a request once typing has settled. `isCurrent` is false while the plan on screen belongs to an earlier
 * request: it may be looked at, not started.
 */
export function usePlan(request: RestoreRequest | null) {
  const trpc = useTRPC();
  const text = request === null ? "" : JSON.stringify(request);
  const settledText = useSettled(text);
  const isSettled = settledText === text;
  const plan = useQuery(
    trpc.restore.plan.queryOptions(request ?? NOTHING, {
      enabled: request !== null && isSettled,
      placeholderData: keepPreviousData,
      staleTime: 5_000,
    }),
  );
  return { ...plan, isCurrent: isSettled && plan.isSuccess && !plan.isPlaceholderData };
}
