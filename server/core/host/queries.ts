import { appError } from "../../domain/errors";
import type { HostRow } from "../../domain/host";
import type { Ctx } from "../context";

export async function listHosts(_ctx: Ctx): Promise<HostRow[]> {
  throw appError("CORE_NOT_READY");
}

