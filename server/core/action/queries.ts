import { appError } from "../../domain/errors";
import type { ActionKind, ActionLogLine, ActionRow } from "../../domain/action";
import type { Page, PageInput } from "../../domain/ids";
import type { ActionState } from "../../domain/states";
import type { Ctx } from "../context";

export async function listActions(_ctx: Ctx, _input: PageInput & { kind?: ActionKind | undefined; state?: ActionState | undefined; vmId?: number | undefined }): Promise<Page<ActionRow>> {
  throw appError("CORE_NOT_READY");
}

export async function getAction(_ctx: Ctx, _actionId: number): Promise<ActionRow> {
  throw appError("CORE_NOT_READY");
}

export async function listActionLog(_ctx: Ctx, _input: { actionId: number; afterId: number }): Promise<ActionLogLine[]> {
  throw appError("CORE_NOT_READY");
}

