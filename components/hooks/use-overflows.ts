"use client";

import { useCallback, useState } from "react";

/** Does the content of an element reach beyond its sides? Followed while it is mounted; the ref goes on the element. */
export function useOverflows<T extends HTMLElement>(): [
  ref: (element: T | null) => (() => void) | undefined,
  overflows: boolean,
] {
  const [overflows, setOverflows] = useState(false);
  const ref = useCallback((element: T | null) => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setOverflows(element.scrollWidth > element.clientWidth));
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return [ref, overflows];
}
