import { type AppError, appError } from "../errors";

/** A VM that cannot be made into a domain: which value of it is wrong. */
export function refuse(vmId: number, message: string): AppError {
  return appError("VM_NOT_DEPLOYABLE", { vmId, message });
}
