import { ZodError, type z } from "zod";
import { appErrorFrom } from "../domain/errors";

/**
 * Parse a JSON column. What does not fit is nobody's input but our own mistake: an internal error whose cause goes to the
 * log, where the same schema on a request's input would name a parameter.
 * @throws STORED_ROW_INVALID
 */
export function parseStored<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  try {
    return schema.parse(value);
  } catch (error) {
    if (error instanceof ZodError) throw appErrorFrom(error, "STORED_ROW_INVALID");
    throw error;
  }
}
