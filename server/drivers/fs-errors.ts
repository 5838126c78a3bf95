/** The code of a failed system call (`ENOENT`, `EACCES`, …), or null for anything else that was thrown. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

export function isMissing(error: unknown): error is Error {
  return systemCode(error) === "ENOENT";
}
