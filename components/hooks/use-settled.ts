"use client";

import { useEffect, useState } from "react";

/** `value` once it has stayed the same for `delayMs`: typing does not ask the server for every letter. */
export function useSettled<T>(value: T, delayMs = 300): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
