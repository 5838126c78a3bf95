"use client";

import { useStored } from "./use-stored";

export const DENSITIES = ["comfortable", "default", "compact"] as const;
export type Density = (typeof DENSITIES)[number];

/** Row height of tables: 44, 36 or 30 px. Set as `data-density` on what contains them. */
export function useDensity(): [Density, (density: Density) => void] {
  return useStored("strata.density", DENSITIES, "default");
}
