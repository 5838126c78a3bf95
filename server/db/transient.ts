/** Prisma: unreachable, timed out, connection closed or pool exhausted, transaction lost, write conflict. */
const PRISMA_CODES = ["P1001", "P1002", "P1008", "P1017", "P2024", "P2028", "P2034"];
/** PostgreSQL: connection failures (08), operator intervention (57P), serialisation failure, deadlock. */
const SQL_STATE = /^(08...|57P..|40001|40P01)$/;
const SOCKET_CODES = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOENT"];
/** What pg says without a code; the last two when no connection came in time. */
const AWAY =
  /server has closed the connection|Connection terminated|timeout exceeded when trying to connect|timeout expired/i;
const MAX_DEPTH = 5;

/** May the same transaction succeed when it is tried again? True only for what the database or the way to it caused. */
export function isTransient(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return false;
  const code = "code" in error ? error.code : "originalCode" in error ? error.originalCode : undefined;
  if (
    typeof code === "string" &&
    (PRISMA_CODES.includes(code) || SQL_STATE.test(code) || SOCKET_CODES.includes(code))
  ) {
    return true;
  }
  if (error instanceof Error && AWAY.test(error.message)) return true;
  return "cause" in error && isTransient(error.cause, depth + 1);
}

/**
 * Is it surely the database that is away? Like `isTransient` for work that does more than ask the database: a socket or a
 * file that is missing counts only when the database's client says so.
 */
export function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (PRISMA_CODES.includes(code) || SQL_STATE.test(code)) return true;
  if (SOCKET_CODES.includes(code) && "clientVersion" in error) return true;
  if (error instanceof Error && (AWAY.test(error.message) || error.name === "DriverAdapterError")) {
    return isTransient(error);
  }
  return "cause" in error && isDatabaseAway(error.cause, depth + 1);
}
