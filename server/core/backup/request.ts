import { appError } from "../../domain/errors";
import type { BackupRequest } from "../../domain/backup";
import type { Ctx } from "../context";

export async function requestBackup(_ctx: Ctx, _input: BackupRequest): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

