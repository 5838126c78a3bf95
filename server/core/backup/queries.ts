import { appError } from "../../domain/errors";
import type { Chain } from "../../domain/backup";
import type { Page, PageInput } from "../../domain/ids";
import type { Ctx } from "../context";

export async function listChains(_ctx: Ctx, _input: PageInput & { vmId?: number | undefined; datastoreId?: number | undefined }): Promise<Page<Chain>> {
  throw appError("CORE_NOT_READY");
}

export async function getChain(_ctx: Ctx, _imageId: number): Promise<Chain> {
  throw appError("CORE_NOT_READY");
}

