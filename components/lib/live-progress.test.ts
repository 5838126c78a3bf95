import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { ActionProgress, ActionRow } from "@/server/domain/action";
import { patchProgress } from "./live-progress";

const progress = (done: number): ActionProgress => ({
  phase: "copying",
  phases: [],
  done,
  total: 100,
  rate: null,
  disks: [],
});
const row = (id: number) => ({ id, progress: progress(1) }) as ActionRow; // only what is looked at

test("progress reaches every cached answer that shows the run, and no other run", () => {
  const client = new QueryClient();
  const one = [["action", "get"], { input: { actionId: 7 }, type: "query" }];
  const list = [["action", "list"], { input: { limit: 50 }, type: "query" }];
  const overview = [["system", "overview"], { type: "query" }];
  client.setQueryData(one, row(7));
  client.setQueryData(list, { rows: [row(7), row(8)], total: 2 });
  client.setQueryData(overview, { running: [row(7)] });

  patchProgress(client, 7, progress(60));

  expect(client.getQueryData<ActionRow>(one)?.progress.done).toBe(60);
  expect(client.getQueryData<{ rows: ActionRow[] }>(list)?.rows.map((item) => item.progress.done)).toEqual([60, 1]);
  expect(client.getQueryData<{ running: ActionRow[] }>(overview)?.running[0]?.progress.done).toBe(60);
});

test("queries that have no answer yet stay empty", () => {
  const client = new QueryClient();
  patchProgress(client, 7, progress(60));
  expect(client.getQueryCache().getAll()).toEqual([]);
});
