import { appError } from "../../domain/errors";
import type { Chain } from "../../domain/backup";
import type { Page, PageInput } from "../../domain/ids";
import type { Protection, VmDetail, VmRow } from "../../domain/vm";
import type { Ctx } from "../context";

export async function listVms(_ctx: Ctx, _input: PageInput & { protection?: Protection | undefined }): Promise<Page<VmRow>> {
  throw appError("CORE_NOT_READY");
}

export async function getVm(_ctx: Ctx, _vmId: number): Promise<VmDetail> {
  throw appError("CORE_NOT_READY");
}

export async function listVmChains(_ctx: Ctx, _vmId: number): Promise<Chain[]> {
  throw appError("CORE_NOT_READY");
}

