import type { BulkOutcome } from "@/server/domain/vm";

const NAMED = 5;

interface Refused {
  reason: string;
  /** The first of them. */
  names: string[];
  count: number;
}

/** How many it reaches, and the others by reason, the most frequent first. Reasons that differ in numbers alone are one. */
export function outcomeGroups(outcomes: readonly BulkOutcome[]): { done: number; refused: Refused[] } {
  const groups = new Map<string, Refused>();
  for (const { reason, name } of outcomes) {
    if (reason === null) continue;
    const key = reason.replace(/\d+/g, "#");
    const group = groups.get(key) ?? { reason, names: [], count: 0 };
    group.count += 1;
    if (group.names.length < NAMED) group.names.push(name);
    groups.set(key, group);
  }
  return {
    done: outcomes.filter((outcome) => outcome.reason === null).length,
    refused: [...groups.values()].sort((a, b) => b.count - a.count),
  };
}
