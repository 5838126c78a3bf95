"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Check, CircleSlash, type LucideIcon, Minus, TriangleAlert, X } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import type { DayResult, HeatmapRow, Heatmap as HeatmapView } from "@/server/domain/heatmap";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { cn } from "../lib/cn";
import { formatDay } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { ScrollBox } from "../ui/scroll-box";
import { Skeleton } from "../ui/skeleton";

const PAGE = 20;
const STALE_MS = 60_000;

const LOOKS: Record<DayResult, { icon: LucideIcon; word: string; style: string }> = {
  ok: {
    icon: Check,
    get word() {
      return t("Backed up");
    },
    style: "bg-success-tint text-success",
  },
  warn: {
    icon: TriangleAlert,
    get word() {
      return t("Backed up with warnings, or after a failure");
    },
    style: "bg-warning-tint text-warning",
  },
  fail: {
    icon: X,
    get word() {
      return t("Failed");
    },
    style: "bg-danger text-on-danger",
  },
  cancelled: {
    icon: CircleSlash,
    get word() {
      return t("Cancelled");
    },
    style: "bg-neutral-tint text-neutral",
  },
  none: {
    icon: Minus,
    get word() {
      return t("No backup");
    },
    style: "text-muted",
  },
};

/** Every VM's last 30 days, those with the most failures first: a cell leads to the run that made it so. */
export function Heatmap() {
  const trpc = useTRPC();
  const { zone } = useZone();
  const [page, setPage] = useState(0);
  const { data, error, isPending, refetch } = useQuery(
    trpc.system.heatmap.queryOptions(
      { zone, offset: page * PAGE, limit: PAGE },
      { placeholderData: keepPreviousData, staleTime: STALE_MS },
    ),
  );
  const pages = Math.max(1, Math.ceil((data?.total ?? 0) / PAGE));
  return (
    <Card title={t("Backups of the last 30 days")}>
      {error === null ? null : <ErrorState error={error} what={t("the last 30 days")} onRetry={() => void refetch()} />}
      {isPending ? <Skeleton className="h-44" /> : null}
      {data === undefined ? null : (
        <>
          <Cells view={data} />
          <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
            <Legend />
            {pages === 1 ? null : (
              <div className="flex items-center gap-2">
                <Button
                  size="sm"
                  disabledReason={page === 0 ? t("This is the first page.") : null}
                  onClick={() => setPage(page - 1)}
                >
                  {t("Previous")}
                </Button>
                <span className="text-sm text-muted">{t("{page} of {pages}", { page: page + 1, pages })}</span>
                <Button
                  size="sm"
                  disabledReason={page + 1 >= pages ? t("This is the last page.") : null}
                  onClick={() => setPage(page + 1)}
                >
                  {t("Next")}
                </Button>
              </div>
            )}
          </div>
        </>
      )}
    </Card>
  );
}

function Cells({ view }: { view: HeatmapView }) {
  const table = useRef<HTMLTableElement>(null);
  useEffect(() => {
    // Where there is no room for all days, the newest are what is looked for.
    const box = table.current?.parentElement;
    if (box) box.scrollLeft = box.scrollWidth;
  }, []);
  return (
    <ScrollBox label={t("Backups of the last 30 days")}>
      <table ref={table} className="border-separate border-spacing-0.5">
        <caption className="sr-only">{t("Backups by machine and day")}</caption>
        <thead>
          <tr>
            <th scope="col" className="sticky start-0 bg-surface pe-3 text-start text-sm font-medium text-muted">
              {t("VM")}
            </th>
            {view.days.map((day) => (
              <th
                key={day}
                scope="col"
                className="w-6 text-center text-xs font-normal text-muted"
                title={formatDay(day)}
              >
                <span aria-hidden>{day.slice(8).replace(/^0/, "")}</span>
                <span className="sr-only">{formatDay(day)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.rows.map((row) => (
            <Row key={row.vmId} row={row} days={view.days} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Row({ row, days }: { row: HeatmapRow; days: readonly string[] }) {
  return (
    <tr>
      <th scope="row" className="sticky start-0 max-w-48 bg-surface pe-3 text-start font-normal">
        <Link href={`/vms/${row.vmId}`} className="block truncate text-primary underline-offset-2 hover:underline">
          {row.vmName}
        </Link>
      </th>
      {row.days.map(({ result, actionId }, index) => {
        const day = days[index] ?? "";
        const { icon: Icon, word, style } = LOOKS[result];
        const text = `${formatDay(day)}: ${word}`;
        const box = cn("flex size-6 items-center justify-center rounded [&_svg]:size-3.5", style);
        return (
          <td key={day} className="p-0">
            {actionId === null ? (
              <span className={box} title={text}>
                <Icon aria-hidden className="opacity-50" />
                <span className="sr-only">{word}</span>
              </span>
            ) : (
              <Link
                href={`/activity/${actionId}`}
                className={box}
                title={text}
                // The keyboard stops at what needs a look; every run is in the list of runs.
                tabIndex={result === "fail" || result === "warn" ? 0 : -1}
              >
                <Icon aria-hidden />
                <span className="sr-only">{word}</span>
              </Link>
            )}
          </td>
        );
      })}
    </tr>
  );
}

function Legend() {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
      {Object.entries(LOOKS).map(([result, { icon: Icon, word, style }]) => (
        <li key={result} className="flex items-center gap-1.5">
          <span aria-hidden className={cn("flex size-5 items-center justify-center rounded [&_svg]:size-3", style)}>
            <Icon />
          </span>
          {word}
        </li>
      ))}
    </ul>
  );
}
