import { t } from "@/components/i18n/t";
import type { PointRef } from "./point-ref";

/** Two points of one chain to compare, the earlier first; `b` is null until the second is chosen. */
export interface CompareState {
  imageId: number;
  a: number;
  b: number | null;
}

/** URL form `imageId.a` or `imageId.a-b`; anything else is null. */
export function parseCompare(text: string): CompareState | null {
  const [, imageId, first, second] = /^(\d{1,10})\.(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
  if (imageId === undefined || first === undefined) return null;
  if (second !== undefined && Number(first) >= Number(second)) return null;
  return { imageId: Number(imageId), a: Number(first), b: second === undefined ? null : Number(second) };
}

/** Inverse of `parseCompare`. */
export function formatCompare({ imageId, a, b }: CompareState): string {
  return b === null ? `${imageId}.${a}` : `${imageId}.${a}-${b}`;
}

/**
 * What marking a point leads to: the first point, or the pair with the one marked before. Marking it again takes the
 * mark away; a point of another chain, or a third one, begins anew.
 */
export function markPoint(state: CompareState | null, { imageId, incrementId }: PointRef): CompareState | null {
  if (state === null || state.imageId !== imageId || state.b !== null) return { imageId, a: incrementId, b: null };
  if (state.a === incrementId) return null;
  return { imageId, a: Math.min(state.a, incrementId), b: Math.max(state.a, incrementId) };
}

/** `A` for the earlier point, `B` for the later one, null for every other. */
export function compareLetter(state: CompareState | null, { imageId, incrementId }: PointRef): "A" | "B" | null {
  if (state === null || state.imageId !== imageId) return null;
  return state.a === incrementId ? "A" : state.b === incrementId ? "B" : null;
}

/** What the button on a point's card does. */
export function compareLabel(state: CompareState | null, { imageId, incrementId }: PointRef): string {
  if (state === null || state.imageId !== imageId || state.b !== null) return t("Compare…");
  return state.a === incrementId ? t("Do not compare") : t("Compare with increment {a}", { a: state.a });
}
