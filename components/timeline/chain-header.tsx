"use client";

import Link from "next/link";
import { useNow } from "@/components/hooks/use-now";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { pointCount } from "@/components/lib/counts";
import { formatBytes, formatRelative } from "@/components/lib/format";
import { ChainBadge } from "@/components/state-badge";
import { Badge } from "@/components/ui/badge";
import type { Chain } from "@/server/domain/backup";
import { ChainHealthBadge } from "./chain-health";

/** What a chain is, in one line: length, size, open or closed, age of its full. Stays in view when the lane scrolls. */
export function ChainHeader({
  chain,
  hiddenCount,
  hasHealth,
}: {
  chain: Chain;
  hiddenCount: number;
  /** Not where a point is only chosen. */
  hasHealth: boolean;
}) {
  const full = chain.points[0];
  const now = useNow();
  return (
    <div className="sticky left-0 flex w-fit max-w-full flex-wrap items-center gap-x-3 gap-y-0.5 px-3 pt-2 text-sm">
      <h3 className="font-medium">
        <Link href={`/backups/${chain.imageId}`} className="text-primary underline-offset-2 hover:underline">
          {t("{isChain, select, yes {Chain} other {Full backup}} {imageId}", {
            isChain: chain.isChain ? "yes" : "no",
            imageId: chain.imageId,
          })}
        </Link>
      </h3>
      <ChainBadge isChain={chain.isChain} isOpen={chain.isOpen} />
      <span className="text-muted">
        {t(
          "{pointsCount} · {storedBytes} · {datastoreName}{hasFull, select, yes { · full made {at}} other {}}{anyHiddenCount, select, yes { · {hiddenCount} outside this range} other {}}",
          {
            pointsCount: pointCount(chain.points.length),
            storedBytes: formatBytes(chain.storedBytes),
            datastoreName: chain.datastoreName,
            hasFull: full === undefined ? "no" : "yes",
            at: full === undefined ? null : formatRelative(full.at, now),
            anyHiddenCount: hiddenCount > 0 ? "yes" : "no",
            hiddenCount,
          },
        )}
      </span>
      {hasHealth && <ChainHealthBadge chain={chain} />}
      {chain.isChain && chain.state === "LOCKED" && <Badge tone="running">{t("Merging old points")}</Badge>}
      {chain.error !== null && (
        <span className="text-danger">{t("Last operation failed: {error}", { error: said(chain.error) })}</span>
      )}
    </div>
  );
}
