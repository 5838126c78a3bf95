import { expect, type Page } from "@playwright/test";
import type { ActionState } from "../server/domain/states";
import { RUN_MS } from "./pages";

/** Calls a procedure that reads, with the session of `page`; the answer is what the procedure says, unchecked. */
export async function read<T>(page: Page, procedure: string, input: unknown): Promise<T> {
  const query = encodeURIComponent(JSON.stringify({ json: input }));
  const response = await page.request.get(`/api/trpc/${procedure}?input=${query}`);
  return answerOf<T>(procedure, await response.json());
}

/** Calls a procedure that changes something, as a page of our own would. */
export async function change<T>(page: Page, procedure: string, input: unknown): Promise<T> {
  const headers = { Origin: new URL(page.url()).origin };
  const response = await page.request.post(`/api/trpc/${procedure}`, { data: { json: input }, headers });
  return answerOf<T>(procedure, await response.json());
}

function answerOf<T>(procedure: string, body: { result?: { data: { json: T } }; error?: unknown }): T {
  if (body.result === undefined) throw new Error(`${procedure} failed: ${JSON.stringify(body.error)}`);
  return body.result.data.json;
}

/** What tests read of a run. */
export interface RunView {
  state: ActionState;
  error: string | null;
  result: { imageId?: number; imageIds?: number[]; incrementId?: number; vmId?: number | null };
}

/** Waits until a run has ended in `state`, and answers it. */
export async function runEnds(page: Page, actionId: number, state: ActionState = "DONE"): Promise<RunView> {
  let run: RunView | null = null;
  await expect
    .poll(
      async () => {
        run = await read<RunView>(page, "action.get", { actionId });
        return run.state === "FAILED" && state !== "FAILED" ? `FAILED: ${run.error}` : run.state;
      },
      { timeout: RUN_MS },
    )
    .toBe(state);
  if (run === null) throw new Error(`Run ${actionId} was never read`);
  return run;
}
