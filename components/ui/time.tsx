"use client";

import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
import { formatDateTime, formatRelative, formatShortDateTime } from "../lib/format";

/**
 * A moment in the reader's zone with the relative text beside it, never the relative text alone.
 * `short` is the form for tables; `at` is epoch ms.
 */
export function Time({
  at,
  short = false,
  isAbsoluteOnly = false,
}: {
  at: number;
  short?: boolean;
  isAbsoluteOnly?: boolean;
}) {
  const now = useNow();
  const { zone } = useZone();
  const long = formatDateTime(at, zone);
  const text = short ? formatShortDateTime(at, zone, now === 0 ? at : now) : long;
  return (
    <time dateTime={new Date(at).toISOString()} title={long}>
      <span className="whitespace-nowrap">{text}</span>
      {isAbsoluteOnly || now === 0 ? null : (
        <span className="text-muted">
          {" "}
          <span className="whitespace-nowrap">({formatRelative(at, now)})</span>
        </span>
      )}
    </time>
  );
}
