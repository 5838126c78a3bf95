"use client";

import { parseAsInteger, parseAsStringLiteral, useQueryStates } from "nuqs";

/**
 * What a link asks a page to open (`?do=pause&until=…`): a plan, never the deed. `done` takes it out of the address, so that
 * a reload does not ask again.
 */
export function useAsked<V extends string>(
  values: readonly V[],
): { asked: V | null; until: number | null; done: () => void } {
  const [{ do: asked, until }, set] = useQueryStates({ do: parseAsStringLiteral(values), until: parseAsInteger });
  return { asked, until, done: () => void set({ do: null, until: null }) };
}
