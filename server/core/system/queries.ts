import { appError } from "../../domain/errors";
import type { SystemView } from "../../domain/overview";
import type { Ctx } from "../context";

export async function getSystem(_ctx: Ctx): Promise<SystemView> {
  throw appError("CORE_NOT_READY");
}

