import { appError } from "../../domain/errors";
import type { Ctx } from "../context";

export async function cancelAction(_ctx: Ctx, _actionId: number): Promise<void> {
  throw appError("CORE_NOT_READY");
}

