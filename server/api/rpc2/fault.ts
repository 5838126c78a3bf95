import { ZodError } from "zod";
import { AppError, type ErrorKind, reasonOf } from "../../domain/errors";
import type { RpcValue } from "./codec";

/** OpenNebula's error codes (jobs-api-cli §4.2.2). */
export const CODES = {
  AUTHENTICATION: 0x0100,
  AUTHORIZATION: 0x0200,
  NO_EXISTS: 0x0400,
  ACTION: 0x0800,
  RPC_API: 0x1000,
  INTERNAL: 0x2000,
  ALLOCATE: 0x4000,
} as const;
export type CodeName = keyof typeof CODES;

/** The only place where a kind of error becomes a code of this API. */
const CODE_OF_KIND: Readonly<Record<ErrorKind, CodeName>> = {
  authentication: "AUTHENTICATION",
  denied: "AUTHORIZATION",
  not_found: "NO_EXISTS",
  invalid: "INTERNAL",
  conflict: "ACTION",
  capacity: "ACTION",
  driver: "INTERNAL",
  unavailable: "INTERNAL",
  cancelled: "ACTION",
  internal: "INTERNAL",
};

/** Thrown by a method that knows OpenNebula's own code and words. */
export class RpcError extends Error {
  readonly code: CodeName;
  readonly objectId: number;
  constructor(code: CodeName, message: string, objectId = -1) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.objectId = objectId;
  }
}

/**
 * `[false, "[method] reason", code, object, replication index]`; never a stack, never an internal text. `userId`: who calls,
 * -1 while that is not known.
 */
export function errorArray(method: string, error: unknown, userId: number): RpcValue[] {
  const answer = (code: CodeName, message: string, id = -1) => [false, `[${method}] ${message}`, CODES[code], id, -1];
  if (error instanceof RpcError) return answer(error.code, error.message, error.objectId);
  if (error instanceof ZodError) {
    const [issue] = error.issues;
    const message = issue?.message ?? "not valid";
    // The rules of names speak as the reference does (jobs-api-cli §4.2.6).
    if (message.startsWith("Invalid NAME")) return answer("INTERNAL", message);
    return answer("RPC_API", `Wrong parameter value. ${issue?.path.join(".") ?? ""}: ${message}`);
  }
  if (!(error instanceof AppError)) return answer("INTERNAL", "Internal error. The log of the server has the details.");
  if (error.kind === "authentication")
    return answer("AUTHENTICATION", "User couldn't be authenticated, aborting call.");
  const data = (error.data ?? {}) as { object?: unknown; id?: unknown };
  if (error.code === "NOT_FOUND") {
    const id = Number(data.id ?? -1);
    return answer(
      "NO_EXISTS",
      `Error getting ${objectName(String(data.object))} ${id === -1 ? "Pool" : `[${id}]`}.`,
      id,
    );
  }
  if (error.code === "NO_DATASTORE") return answer("NO_EXISTS", "Error getting datastore Pool.");
  if (error.kind === "denied") return answer("AUTHORIZATION", `User [${userId}] : ${denial(error)}`);
  return answer(CODE_OF_KIND[error.kind], reasonOf(error));
}

/** Why somebody may not, in the words that the reference has for it (§4.2.3); a sentence. */
function denial(error: AppError): string {
  const { right, object, id } = (error.data ?? {}) as { right?: unknown; object?: unknown; id?: unknown };
  const type = TYPES[String(object)];
  if (error.code === "NOT_AUTHORIZED" && type !== undefined)
    return `Not authorized to perform ${right} ${type} [${id}].`;
  if (error.code === "OBJECT_LOCKED" && type !== undefined) return `${type} is locked. [${id}].`;
  const reason = reasonOf(error);
  return reason.endsWith(".") ? reason : `${reason}.`;
}

/** OpenNebula's types of objects by our names. */
const TYPES: Readonly<Record<string, string>> = {
  VM: "VM",
  image: "IMAGE",
  datastore: "DATASTORE",
  template: "TEMPLATE",
  network: "NET",
  "backup job": "BACKUPJOB",
};

/** OpenNebula's spoken names of objects, where ours differ. */
const OBJECT_NAMES: Readonly<Record<string, string>> = {
  VM: "virtual machine",
  template: "virtual machine template",
  network: "virtual network",
  schedule: "scheduled action",
};

function objectName(object: string): string {
  return OBJECT_NAMES[object] ?? object;
}
