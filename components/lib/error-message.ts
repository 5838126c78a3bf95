import { z } from "zod";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";

const ApiErrorData = z.object({
  code: z.string(),
  httpStatus: z.number(),
  appCode: z.string().nullish(),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});
const ApiError = z.object({ message: z.string(), data: ApiErrorData.nullish() });

/** An error of the API as the screens use it. */
export interface ErrorView {
  /** A sentence for people that says what to do next. */
  message: string;
  /** Code of `server/domain/errors`, null when the error did not come from the core. */
  code: string | null;
  /** Messages that belong to fields of the form, by dotted path. */
  fields: { path: string; message: string }[];
  isDenied: boolean;
  isNotFound: boolean;
}

/** What to say about anything that was thrown by a call of the API. */
export function errorView(error: unknown): ErrorView {
  const parsed = ApiError.safeParse(error instanceof Error ? { message: error.message, data: dataOf(error) } : error);
  const data = parsed.data?.data;
  if (data === null || data === undefined) {
    const message = isUnreachable(error)
      ? t("The server cannot be reached. Check that Strata is running; this page goes on when it answers again.")
      : t("Something went wrong in this page. Load it again.");
    return { message, code: null, fields: [], isDenied: false, isNotFound: false };
  }
  return {
    message: said(parsed.data?.message ?? ""),
    code: data.appCode ?? null,
    fields: data.fields,
    isDenied: data.code === "FORBIDDEN",
    isNotFound: data.code === "NOT_FOUND",
  };
}

/** No answer came: of a call, or of a part of the page that is loaded when it is needed. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error) || errorStatus(error) !== null) return false;
  if (error.name === "TRPCClientError" || error.name === "ChunkLoadError") return true;
  return /^Failed to (fetch|load chunk)|NetworkError|^Load failed/.test(error.message); // Chromium, Firefox, Safari
}

/** The sentence alone. */
export function errorMessage(error: unknown): string {
  return errorView(error).message;
}

function dataOf(error: Error): unknown {
  return "data" in error ? error.data : undefined;
}

/** HTTP status of the answer, null when there was none. */
export function errorStatus(error: unknown): number | null {
  const parsed = ApiErrorData.safeParse(error instanceof Error ? dataOf(error) : null);
  return parsed.success ? parsed.data.httpStatus : null;
}
