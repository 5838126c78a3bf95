import { appError } from "../../domain/errors";
import type { RestorePlan, RestoreRequest, RestoreSource } from "../../domain/restore";
import type { Ctx } from "../context";

export async function getRestorePlan(_ctx: Ctx, _input: RestoreRequest): Promise<RestorePlan> {
  throw appError("CORE_NOT_READY");
}

export async function listRestoreSources(_ctx: Ctx, _search: string): Promise<RestoreSource[]> {
  throw appError("CORE_NOT_READY");
}

