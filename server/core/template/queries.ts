import { appError } from "../../domain/errors";
import type { VmTemplateRow } from "../../domain/vm-template";
import type { Page, PageInput } from "../../domain/ids";
import type { Ctx } from "../context";

export async function listTemplates(_ctx: Ctx, _input: PageInput): Promise<Page<VmTemplateRow>> {
  throw appError("CORE_NOT_READY");
}

export async function getTemplate(_ctx: Ctx, _templateId: number): Promise<VmTemplateRow> {
  throw appError("CORE_NOT_READY");
}

