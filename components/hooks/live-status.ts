"use client";

import { useSyncExternalStore } from "react";

export interface LiveStatus {
  /** `connecting` only before the first message. */
  state: "connecting" | "live" | "stale";
  /** Epoch ms of the last message of the core, null before the first. */
  lastAt: number | null;
}

const INITIAL: LiveStatus = { state: "connecting", lastAt: null };
let status = INITIAL;
const listeners = new Set<() => void>();

/** How fresh the picture on this page is. */
export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(
    subscribe,
    () => status,
    () => INITIAL,
  );
}

/** A message came in at `at`. True when the picture was stale before: what changed meanwhile may have been missed. */
export function liveHeard(at: number): boolean {
  const wasStale = status.state === "stale";
  set({ state: "live", lastAt: at });
  return wasStale;
}

/** The stream broke or fell silent. */
export function liveLost(): void {
  if (status.state === "live") set({ ...status, state: "stale" });
}

function set(next: LiveStatus): void {
  status = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
