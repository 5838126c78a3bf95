import { appError } from "../../domain/errors";
import type { Ctx } from "../context";

export async function requestImageDelete(_ctx: Ctx, _imageId: number): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

