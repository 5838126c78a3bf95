"use client";

import { useCallback, useState } from "react";

const DEFAULT_PX = 720;

/** Width of an element in CSS px, followed while it is mounted; the ref goes on the element. */
export function useElementWidth<T extends HTMLElement>(): [
  ref: (element: T | null) => (() => void) | undefined,
  widthPx: number,
] {
  const [widthPx, setWidthPx] = useState(DEFAULT_PX);
  const ref = useCallback((element: T | null) => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidthPx(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, widthPx];
}
