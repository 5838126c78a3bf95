"use client";

import { useSyncExternalStore } from "react";

const SECOND_MS = 1_000;
const listeners = new Set<() => void>();
let now = 0;
let timer: number | null = null;

/** The time in epoch ms, renewed each second by one timer for the whole page; 0 while the server renders. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current, () => 0);
}

function current(): number {
  if (now === 0) now = Date.now();
  return now;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === null) tick();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      window.clearTimeout(timer);
      timer = null;
    }
  };
}

function tick(): void {
  timer = window.setTimeout(() => {
    now = Date.now();
    for (const listener of listeners) listener();
    tick();
  }, SECOND_MS);
}
