import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { ZodError } from "zod";
import { AppError, type ErrorKind } from "../domain/errors";
import type { ApiContext } from "./context";

/** The only mapping of error kinds to transport codes for the browser. */
const TRPC_CODE: Record<ErrorKind, TRPCError["code"]> = {
  authentication: "UNAUTHORIZED",
  denied: "FORBIDDEN",
  not_found: "NOT_FOUND",
  invalid: "BAD_REQUEST",
  conflict: "CONFLICT",
  capacity: "PRECONDITION_FAILED",
  driver: "INTERNAL_SERVER_ERROR",
  unavailable: "SERVICE_UNAVAILABLE",
  cancelled: "CLIENT_CLOSED_REQUEST",
  internal: "INTERNAL_SERVER_ERROR",
};

const t = initTRPC.context<ApiContext>().create({
  transformer: superjson,
  errorFormatter: ({ shape, error }) => {
    const cause = error.cause;
    const app = cause instanceof AppError ? cause : null;
    // Only what the caller sent: a stored row that cannot be parsed is a ZodError too, and nobody's business.
    const invalid = error.code === "BAD_REQUEST" && cause instanceof ZodError ? cause : null;
    const fields = (invalid?.issues ?? []).map((issue) => ({ path: issue.path.join("."), message: issue.message }));
    const isOurs = app !== null || error.code !== "INTERNAL_SERVER_ERROR";
    return {
      ...shape,
      message: isOurs
        ? (fields[0]?.message ?? shape.message)
        : "Something went wrong inside Strata. The server log has the details.",
      data: {
        code: shape.data.code,
        httpStatus: shape.data.httpStatus,
        path: shape.data.path,
        appCode: app?.code ?? null,
        fields,
      },
    };
  },
});

const withErrors = t.middleware(async ({ next, path, ctx }) => {
  const result = await next();
  if (result.ok) return result;
  const cause = result.error.cause;
  if (cause instanceof AppError) {
    if (cause.code === "STORED_ROW_INVALID") ctx.core.log.error({ err: cause, path }, "a stored row cannot be read");
    throw new TRPCError({ code: TRPC_CODE[cause.kind], message: cause.message, cause });
  }
  if (result.error.code === "INTERNAL_SERVER_ERROR")
    ctx.core.log.error({ err: cause ?? result.error, path }, "api call failed");
  return result;
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Every procedure: signed in, errors mapped; `ctx` is what the core's use cases take. */
export const authed = t.procedure.use(withErrors).use(({ ctx, next }) => {
  if (ctx.actor === null) throw new TRPCError({ code: "UNAUTHORIZED", message: "Please sign in first." });
  return next({ ctx: { core: ctx.core, actor: ctx.actor } });
});
