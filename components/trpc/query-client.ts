import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { errorStatus } from "../lib/error-message";

const STALE_MS = 30_000;

/**
 * The query cache of a tab. Live events tell when to read again, so data counts as fresh for long; what the server
 * refuses for good (4xx) is not asked again. What the browser thinks of its network does not count: a machine without a
 * way to the internet still reaches a Strata on it or beside it. `onSignedOut` is called when the session has ended.
 */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (errorStatus(error) === 401) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: (count, error) => {
          const status = errorStatus(error);
          return count < 3 && (status === null || status >= 500);
        },
        refetchOnWindowFocus: true,
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
