import { useQuery } from "@tanstack/react-query";
import type { StoreFacts } from "@/server/domain/datastore-facts";
import { useTRPC } from "../trpc/client";

/** Health, growth, speed and checks of the backup datastores by id; empty until they are read. */
export function useStoreFacts(): { of: (datastoreId: number) => StoreFacts | null; error: unknown } {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.datastore.facts.queryOptions());
  return { of: (datastoreId) => data?.find((facts) => facts.id === datastoreId) ?? null, error };
}
