"use client";

import { useSyncExternalStore } from "react";

const CHANGED = "strata-stored";

/**
 * A small setting of this browser, kept in local storage and shared by all tabs. Only values in `allowed` count;
 * anything else, and the server's render, is `fallback`.
 */
export function useStored<V extends string>(key: string, allowed: readonly V[], fallback: V): [V, (value: V) => void] {
  const value = useSyncExternalStore(
    subscribe,
    () => allowed.find((item) => item === read(key)) ?? fallback,
    () => fallback,
  );
  return [value, (next) => write(key, next)];
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("storage", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("storage", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

function read(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null; // storage is blocked: settings last as long as the page
  }
}

function write(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // storage is blocked: nothing to keep
  }
  window.dispatchEvent(new Event(CHANGED));
}
