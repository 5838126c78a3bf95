import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNow } from "../hooks/use-now";
import { useTRPC } from "../trpc/client";

const WEEK_MS = 7 * 86_400_000;
const STEP_MS = 5 * 60_000;

/** What the schedules begin in the coming week, soonest first; paused jobs are left out. */
export function useNextRuns() {
  const trpc = useTRPC();
  const now = useNow();
  // The question changes now and then, not with every tick.
  const from = Math.floor(now / STEP_MS) * STEP_MS;
  const query = useQuery(
    trpc.schedule.planned.queryOptions({ from, to: from + WEEK_MS }, { placeholderData: keepPreviousData }),
  );
  return { ...query, runs: query.data?.runs.filter((run) => run.at >= now && !run.isPaused) ?? null };
}
