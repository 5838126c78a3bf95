/** Calls a minute of one token on one node, and how many may come at once. */
export const CALLS_A_MINUTE = 600;
const BURST = 120;
const MAX_KNOWN = 10_000;

const buckets = new Map<number, { tokens: number; at: number }>();

/** Count one call; the seconds to wait when there were too many, else 0. Memory is bounded: the oldest are forgotten. */
export function takeCall(tokenId: number, nowMs: number): number {
  const before = buckets.get(tokenId) ?? { tokens: BURST, at: nowMs };
  const perMs = CALLS_A_MINUTE / 60_000;
  const tokens = Math.min(BURST, before.tokens + Math.max(0, nowMs - before.at) * perMs);
  buckets.delete(tokenId);
  if (buckets.size >= MAX_KNOWN) buckets.delete(buckets.keys().next().value ?? -1);
  const isAllowed = tokens >= 1;
  buckets.set(tokenId, { tokens: isAllowed ? tokens - 1 : tokens, at: nowMs });
  return isAllowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / perMs / 1000));
}
