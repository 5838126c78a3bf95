import { appError } from "../../domain/errors";
import type { InstantiateRequest } from "../../domain/vm-template";
import type { Ctx } from "../context";

export async function requestInstantiate(_ctx: Ctx, _input: InstantiateRequest): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

