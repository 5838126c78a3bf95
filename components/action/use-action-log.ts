"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ActionLogLine } from "@/server/domain/action";
import { useTRPCClient } from "../trpc/client";

const POLL_MS = 1_500;
/** The API hands out at most this many lines at once. */
const PAGE_LINES = 2_000;

/** The whole log of a run, read on from its last line while the run lives and once more when it is over. */
export function useActionLog(actionId: number, isOver: boolean) {
  const client = useTRPCClient();
  const keyOf = (over: boolean) => ["action-log", actionId, over] as const;
  return useQuery({
    queryKey: keyOf(isOver),
    queryFn: async ({ client: cache, signal }) => {
      const known = [keyOf(true), keyOf(false)].map((key) => cache.getQueryData<ActionLogLine[]>(key) ?? []);
      const lines = [...(known.sort((a, b) => b.length - a.length)[0] ?? [])];
      for (;;) {
        const fresh = await client.action.log.query({ actionId, afterId: lines.at(-1)?.id ?? 0 }, { signal });
        lines.push(...fresh);
        if (fresh.length < PAGE_LINES) return lines;
      }
    },
    refetchInterval: isOver ? false : POLL_MS,
    placeholderData: keepPreviousData,
  });
}
