"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { SimulateInput } from "@/server/domain/schedule/simulate-input";
import { useSettled } from "../hooks/use-settled";
import { useTRPC, useTRPCClient } from "../trpc/client";

const TYPING_MS = 300;

/**
 * The simulation of what `input` tries; null asks nothing. It is asked again when schedules change and each minute.
 * A mutation by its size only, so it is called through the client and cached here.
 */
export function useSimulation(input: SimulateInput | null) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const text = useSettled(JSON.stringify(input), TYPING_MS);
  return useQuery({
    queryKey: [...trpc.schedule.pathKey(), "simulation", text],
    // What was typed has been through JSON and is checked by the server.
    queryFn: ({ signal }) => client.schedule.simulate.mutate(JSON.parse(text) as SimulateInput, { signal }),
    enabled: text !== "null",
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
    retry: false,
  });
}
