import type { QueryClient } from "@tanstack/react-query";
import type { ActionProgress, ActionRow } from "@/server/domain/action";
import type { Page } from "@/server/domain/ids";
import type { OverviewView } from "@/server/domain/overview";
import { addRate, type RateSample } from "@/server/domain/throughput";

/** Puts the newest progress of a run into every cached answer that shows it, without asking the server. */
export function patchProgress(queryClient: QueryClient, actionId: number, progress: ActionProgress): void {
  const patch = (row: ActionRow): ActionRow =>
    row.id === actionId ? { ...row, progress: { ...progress, rates: ratesAfter(row.progress, progress) } } : row;
  queryClient.setQueriesData<ActionRow>({ queryKey: [["action", "get"]] }, (row) => row && patch(row));
  queryClient.setQueriesData<Page<ActionRow>>(
    { queryKey: [["action", "list"]] },
    (page) => page && { ...page, rows: page.rows.map(patch) },
  );
  queryClient.setQueriesData<OverviewView>(
    { queryKey: [["system", "overview"]] },
    (view) => view && { ...view, running: view.running.map(patch) },
  );
}

/** The live stream does not carry how fast the run was: that goes on from what was read. */
function ratesAfter(before: ActionProgress, { rate }: ActionProgress): RateSample[] {
  const { rates = [] } = before;
  return rate === null || rates.length === 0 ? rates : addRate(rates, { at: Date.now(), rate });
}
