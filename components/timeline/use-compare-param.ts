import { createParser, useQueryState } from "nuqs";
import { type CompareState, formatCompare, markPoint, parseCompare } from "./compare-state";
import type { PointRef } from "./point-ref";

const parseAsCompare = createParser<CompareState>({
  parse: parseCompare,
  serialize: formatCompare,
  eq: (a, b) => formatCompare(a) === formatCompare(b),
});

/** What the timeline of a page compares. */
export interface Comparing {
  state: CompareState | null;
  mark: (point: PointRef) => void;
  end: () => void;
}

/** The points to compare, kept in the URL as `compare=imageId.a-b`: a comparison can be linked to. */
export function useCompareParam(): Comparing {
  const [state, setState] = useQueryState("compare", parseAsCompare);
  return {
    state,
    mark: ({ imageId, incrementId }) => void setState((before) => markPoint(before, { imageId, incrementId })),
    end: () => void setState(null),
  };
}
