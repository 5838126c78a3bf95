/**
 * What KEEP_LAST takes away (drivers-and-core §2.4). The core applies these, the screens show them beforehand, so that
 * what is announced is what happens.
 */

/** Points of a chain that a flatten merges. */
export interface Merge {
  /** Ids that go, oldest first. */
  merged: number[];
  /** The oldest point that stays: it keeps its id and becomes the full. */
  firstId: number;
}

/**
 * The next merge of a chain with these increment ids; null when nothing has to go.
 * @param keepLast points that stay; 0 keeps all
 */
export function nextMerge(incrementIds: readonly number[], keepLast: number): Merge | null {
  if (keepLast <= 0 || incrementIds.length <= keepLast) return null;
  const ids = [...incrementIds].sort((a, b) => a - b);
  const count = ids.length - keepLast;
  const firstId = ids[count];
  return firstId === undefined ? null : { merged: ids.slice(0, count), firstId };
}

/** What the next increment of the chain will make a merge take: what a timeline announces. */
export function comingMerge(incrementIds: readonly number[], keepLast: number): Merge | null {
  const last = Math.max(-1, ...incrementIds);
  return last === -1 ? null : nextMerge([...incrementIds, last + 1], keepLast);
}

/**
 * The backups of a VM that KEEP_LAST of FULL mode deletes, oldest first. Ascending ids are the order of age.
 * @param keepLast backups that stay; 0 keeps all
 */
export function surplusImages(imageIds: readonly number[], keepLast: number): number[] {
  if (keepLast <= 0) return [];
  return [...imageIds].sort((a, b) => a - b).slice(0, Math.max(0, imageIds.length - keepLast));
}
