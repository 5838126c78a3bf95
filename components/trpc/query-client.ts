import { QueryClient } from "@tanstack/react-query";

const STALE_MS = 30_000;

/**
 * The query cache of a tab. Live events tell when to read again, so data counts as fresh for long; what the server
 * refuses for good (4xx) is not asked again.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: (count, error) => count < 3 && !isRefusal(error),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}

function isRefusal(error: Error): boolean {
  const data: unknown = "data" in error ? error.data : null;
  if (typeof data !== "object" || data === null || !("httpStatus" in data)) return false;
  return typeof data.httpStatus === "number" && data.httpStatus >= 400 && data.httpStatus < 500;
}
