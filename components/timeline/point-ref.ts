import type { Chain, RestorePoint } from "@/server/domain/backup";

/** Names one restore point wherever a link or a component has to say which. */
export interface PointRef {
  imageId: number;
  incrementId: number;
}

/** URL form `imageId.incrementId`; anything else is null, so that a mangled link selects nothing instead of a wrong point. */
export function parsePointRef(text: string): PointRef | null {
  const match = /^(\d{1,10})\.(\d{1,10})$/.exec(text);
  return match === null ? null : { imageId: Number(match[1]), incrementId: Number(match[2]) };
}

/** Inverse of `parsePointRef`. */
export function formatPointRef(ref: PointRef): string {
  return `${ref.imageId}.${ref.incrementId}`;
}

/** Do both name the same point? Null equals nothing. */
export function isSamePoint(a: PointRef | null, b: PointRef | null): boolean {
  return a !== null && b !== null && a.imageId === b.imageId && a.incrementId === b.incrementId;
}

/** The point and its chain, or null when it is not (or no longer) there. */
export function findPoint(
  chains: readonly Chain[],
  ref: PointRef | null,
): { chain: Chain; point: RestorePoint; position: number } | null {
  if (ref === null) return null;
  const chain = chains.find((candidate) => candidate.imageId === ref.imageId);
  const position = chain?.points.findIndex((candidate) => candidate.incrementId === ref.incrementId) ?? -1;
  const point = chain?.points[position];
  return chain === undefined || point === undefined ? null : { chain, point, position };
}

/** Every restorable point of the chains, newest first. */
export function restorablePoints(chains: readonly Chain[]): RestorePoint[] {
  return chains
    .flatMap((chain) => chain.points)
    .filter((point) => point.broken === null)
    .sort((a, b) => b.at - a.at || b.incrementId - a.incrementId);
}
