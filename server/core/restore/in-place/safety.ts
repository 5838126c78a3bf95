import { z } from "zod";
import { appError } from "../../../domain/errors";
import type { Run } from "../../action/handler";
import { awaitRun } from "../await-run";

const Result = z.object({ imageId: z.number().int(), incrementId: z.number().int() });
export type SafetyPoint = z.infer<typeof Result>;

/**
 * Wait until the run that makes the safety point has ended; the point, for the way back. A cancel of this run cancels
 * that one as well.
 * @throws AppError CANCELLED, RESTORE_CONFLICT when there is no safety point: nothing was overwritten
 */
export async function awaitSafetyPoint(run: Run, actionId: number): Promise<SafetyPoint> {
  const { state, error, result } = await awaitRun(run, actionId);
  const point = Result.safeParse(result);
  if (state === "DONE" && point.success) return point.data;
  const why = state === "CANCELLED" ? "it was cancelled" : (error ?? "its run left no point");
  const message = `The safety point of run ${actionId} was not made: ${why}. Nothing was overwritten.`;
  throw appError("RESTORE_CONFLICT", { message });
}
