import { appError } from "../../domain/errors";
import type { OverviewView } from "../../domain/overview";
import type { Ctx } from "../context";

export async function getOverview(_ctx: Ctx): Promise<OverviewView> {
  throw appError("CORE_NOT_READY");
}

