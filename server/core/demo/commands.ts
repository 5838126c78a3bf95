import { appError } from "../../domain/errors";
import type { Ctx } from "../context";

export async function requestDemoLoad(_ctx: Ctx): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

export async function requestDemoChange(_ctx: Ctx, _vmId: number): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

