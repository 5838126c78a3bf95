import type { Core } from "../../core/core";
import { AppError, reasonOf } from "../../domain/errors";
import { MAX_CALL_BYTES, parseCall, printFault, printResponse, type RpcCall, type RpcValue } from "./codec";
import { errorArray, RpcError } from "./fault";
import { ArgumentError, readArguments } from "./method";
import { METHODS } from "./methods/table";
import { sessionUser } from "./session";

/** Fault codes of the XML-RPC library that OpenNebula uses. */
const FAULT_PARSE = -503;
const FAULT_TYPE = -501;
const FAULT_NO_METHOD = -506;

/** One call: body in, document out. Never throws; the status is 200 also for errors of the application. */
export async function handleRpc(core: Core, body: string, address: string): Promise<string> {
  let call: RpcCall;
  try {
    call = parseCall(body);
  } catch (error) {
    return printFault(
      FAULT_PARSE,
      `Parse error: ${error instanceof AppError ? reasonOf(error) : "the call cannot be read"}`,
    );
  }
  try {
    return printResponse(await answer(core, call, address));
  } catch (error) {
    if (error instanceof ArgumentError) return printFault(FAULT_TYPE, error.message);
    if (error instanceof UnknownMethod) return printFault(FAULT_NO_METHOD, error.message);
    core.log.error({ err: error, method: call.method }, "an API call could not be answered");
    return printResponse(errorArray(call.method, error));
  }
}

class UnknownMethod extends Error {}

async function answer(core: Core, call: RpcCall, address: string): Promise<RpcValue[]> {
  const method = Object.hasOwn(METHODS, call.method) ? METHODS[call.method] : undefined;
  if (method === undefined) {
    throw new UnknownMethod(`Method '${call.method}' is not defined here. docs/compatibility.md lists those that are.`);
  }
  try {
    const actor = await sessionUser(core, call.params[0], address);
    return [true, await method.run({ core, actor }, readArguments(call.params.slice(1))), 0];
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    const isExpected = error instanceof RpcError || (error instanceof AppError && error.code !== "STORED_ROW_INVALID");
    if (!isExpected) {
      core.log.error({ err: error, method: call.method }, "an API call failed");
    }
    return errorArray(call.method, error);
  }
}

/** The body of a request as text, bounded; null when it is too large or not UTF-8. */
export async function readBody(request: Request): Promise<string | null> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_CALL_BYTES) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
    size += read.value.byteLength;
    if (size > MAX_CALL_BYTES) {
      await reader?.cancel();
      return null;
    }
    chunks.push(read.value);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return null;
  }
}
