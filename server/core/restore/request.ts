import { appError } from "../../domain/errors";
import type { RestoreRequest } from "../../domain/restore";
import type { Ctx } from "../context";

export async function requestRestore(_ctx: Ctx, _input: RestoreRequest): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

