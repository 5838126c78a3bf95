import { appError } from "../../domain/errors";
import type { Ctx } from "../context";

export async function retryAction(_ctx: Ctx, _actionId: number): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

