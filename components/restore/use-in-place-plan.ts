"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/components/trpc/client";
import type { InPlaceRequest } from "@/server/domain/in-place";

const NOTHING: InPlaceRequest = {
  vmId: 0,
  imageId: 0,
  incrementId: 0,
  diskId: null,
  safetyPoint: false,
  safetyDatastoreId: null,
};

/** The plan of a restore onto the VM's own disks; `isCurrent` as for `usePlan`. The VM may be started any moment. */
export function useInPlacePlan(request: InPlaceRequest | null) {
  const trpc = useTRPC();
  const plan = useQuery(
    trpc.restore.inPlacePlan.queryOptions(request ?? NOTHING, {
      enabled: request !== null,
      placeholderData: keepPreviousData,
      staleTime: 2_000,
      retry: false,
    }),
  );
  return { ...plan, isCurrent: plan.isSuccess && !plan.isPlaceholderData };
}
