import { appError } from "../../domain/errors";
import type { Page, PageInput } from "../../domain/ids";
import type { ImageRow } from "../../domain/image";
import type { Ctx } from "../context";

export async function listImages(_ctx: Ctx, _input: PageInput): Promise<Page<ImageRow>> {
  throw appError("CORE_NOT_READY");
}

