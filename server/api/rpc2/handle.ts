import type { Core } from "../../core/core";
import { AppError, reasonOf } from "../../domain/errors";
import { parseCall, printFault, printResponse, printStream, type RpcCall } from "./codec";
import { errorArray, RpcError } from "./fault";
import { ArgumentError, type MethodResult, readArguments } from "./method";
import { METHODS } from "./methods/table";
import { sessionUser } from "./session";

/** Fault codes of the XML-RPC library that OpenNebula uses. */
const FAULT_PARSE = -503;
const FAULT_TYPE = -501;
const FAULT_NO_METHOD = -506;

/**
 * One call: body in, document out, which for a long pool comes in pieces. Never throws, but the pieces may: what was sent
 * until then is no answer. The status is 200 also for errors of the application.
 */
export async function handleRpc(core: Core, body: string, address: string): Promise<string | AsyncIterable<string>> {
  let call: RpcCall;
  try {
    call = parseCall(body);
  } catch (error) {
    return printFault(
      FAULT_PARSE,
      `Parse error: ${error instanceof AppError ? reasonOf(error) : "the call cannot be read"}`,
    );
  }
  const caller = { userId: -1 };
  try {
    const value = await answer(core, call, address, caller);
    return typeof value === "object" ? printStream(value.pieces) : printResponse([true, value, 0]);
  } catch (error) {
    if (error instanceof ArgumentError) return printFault(FAULT_TYPE, error.message);
    if (error instanceof UnknownMethod) return printFault(FAULT_NO_METHOD, error.message);
    const isExpected = error instanceof RpcError || (error instanceof AppError && error.code !== "STORED_ROW_INVALID");
    if (!isExpected) core.log.error({ err: error, method: call.method }, "an API call failed");
    return printResponse(errorArray(call.method, error, caller.userId));
  }
}

class UnknownMethod extends Error {}

/** `caller` gets the id of the user, for the error should there be one. */
async function answer(core: Core, call: RpcCall, address: string, caller: { userId: number }): Promise<MethodResult> {
  const method = Object.hasOwn(METHODS, call.method) ? METHODS[call.method] : undefined;
  if (method === undefined) {
    throw new UnknownMethod(`Method '${call.method}' is not defined here. docs/compatibility.md lists those that are.`);
  }
  const actor = await sessionUser(core, call.params[0], address);
  caller.userId = actor.userId;
  return await method.run({ core, actor }, readArguments(call.params.slice(1)));
}
