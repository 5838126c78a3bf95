/** How much a seeded inventory holds. */
export interface SeedSize {
  vms: number;
  jobs: number;
  /** Restore points in all; VM 0 alone has LONG_POINTS of them. */
  points: number;
}

/** Points of VM 0: as many as the timeline shows one by one. */
export const LONG_POINTS = 500;
export const HOSTS = 50;
export const USERS = 40;
export const GROUPS = 8;
/** Ids of what is seeded begin here; those below are made by the first start. */
export const FIRST = { user: 2, group: 100, host: 1, datastore: 100 } as const;
/** Days of runs, as the default pruning keeps them or fewer. */
export const RUN_DAYS = 14;

/** Points of each VM but VM 0. */
export function pointsEach(size: SeedSize): number {
  return Math.max(1, Math.floor((size.points - LONG_POINTS) / Math.max(1, size.vms - 1)));
}
