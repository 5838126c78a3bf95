"use client";

import { createParser, useQueryState } from "nuqs";
import { formatPointRef, isSamePoint, type PointRef, parsePointRef } from "./point-ref";

const parseAsPoint = createParser<PointRef>({ parse: parsePointRef, serialize: formatPointRef, eq: isSamePoint });

/** The selected point, kept in the URL as `point=imageId.incrementId`: a view of one point can be linked to. */
export function usePointParam() {
  const [selected, setSelected] = useQueryState("point", parseAsPoint);
  return {
    selected,
    select: ({ imageId, incrementId }: PointRef) => void setSelected({ imageId, incrementId }),
  };
}
