"use client";

import { useEffect, useRef } from "react";
import { announce } from "../lib/announce";

const STEP = 25;

/** Tells screen readers of a progress at 0, 25, 50, 75 and 100 %, not at every tick. Null: nothing to tell yet. */
export function useAnnouncedProgress(label: string, percent: number | null): void {
  const said = useRef<number | null>(null);
  const step = percent === null ? null : Math.floor(percent / STEP) * STEP;
  useEffect(() => {
    if (step === null || said.current === step) return;
    said.current = step;
    announce(`${label}: ${step} %`);
  }, [label, step]);
}
