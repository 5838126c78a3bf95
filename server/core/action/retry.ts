import { BackupRequest } from "../../domain/backup";
import { appError } from "../../domain/errors";
import { InPlaceRequest } from "../../domain/in-place";
import { RestoreRequest } from "../../domain/restore";
import { BootCheckRequest, VerifyRequest } from "../../domain/verification";
import { requestBackup } from "../backup/request";
import type { Ctx } from "../context";
import { requestInPlaceRestore } from "../restore/in-place/request";
import { requestRestore } from "../restore/request";
import { requestBootCheck, requestVerify } from "../verification/request";
import { getAction } from "./queries";

/**
 * Ask for the same operation again; every check is made again, with the rights of who asks now. The new run is an attempt
 * of the first.
 */
export async function retryAction(ctx: Ctx, actionId: number): Promise<{ actionId: number }> {
  const again = await repeat(ctx, actionId);
  const { db } = ctx.core;
  const run = await db.action.findUniqueOrThrow({ where: { id: actionId }, select: { attemptOf: true } });
  await db.action.updateMany({ where: { id: again.actionId }, data: { attemptOf: run.attemptOf ?? actionId } });
  return again;
}

async function repeat(ctx: Ctx, actionId: number): Promise<{ actionId: number }> {
  const action = await getAction(ctx, actionId);
  const { input } = await ctx.core.db.action.findUniqueOrThrow({ where: { id: actionId }, select: { input: true } });
  if (action.state !== "FAILED" && action.state !== "CANCELLED") {
    throw appError("ACTION_WRONG_STATE", { actionId, state: action.state, event: "be retried" });
  }
  if (action.kind === "backup") return await requestBackup(ctx, BackupRequest.parse(input));
  if (action.kind === "restore") {
    const { request } = input as { request: unknown }; // written by requestRestore; parsed again below
    return await requestRestore(ctx, RestoreRequest.parse(request));
  }
  if (action.kind === "restore-in-place") {
    const { request } = input as { request: unknown }; // written by requestInPlaceRestore; parsed again below
    return await requestInPlaceRestore(ctx, InPlaceRequest.parse(request));
  }
  if (action.kind === "verify") return await requestVerify(ctx, VerifyRequest.parse(input));
  if (action.kind === "boot-check") return await requestBootCheck(ctx, BootCheckRequest.parse(input));
  throw appError("ACTION_WRONG_STATE", {
    actionId,
    state: action.state,
    event: "be retried; start it again from its page",
  });
}
