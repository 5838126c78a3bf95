import { appError } from "../../domain/errors";
import type { BackupConfigInput } from "../../domain/backup-config";
import type { RegisterVmRequest } from "../../domain/vm";
import type { Ctx } from "../context";

export async function registerVm(_ctx: Ctx, _input: RegisterVmRequest): Promise<{ vmId: number }> {
  throw appError("CORE_NOT_READY");
}

export async function updateBackupConfig(_ctx: Ctx, _input: { vmId: number; config: BackupConfigInput }): Promise<{ chainClosed: boolean }> {
  throw appError("CORE_NOT_READY");
}

export async function requestVmDelete(_ctx: Ctx, _vmId: number): Promise<{ actionId: number }> {
  throw appError("CORE_NOT_READY");
}

