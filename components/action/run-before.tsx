"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { deltaPercent, type RunBefore, strikingDelta } from "@/server/domain/run-deltas";
import { t } from "../i18n/t";
import { formatBytes, formatDuration } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Card, Facts } from "../ui/card";
import { Notice } from "../ui/notice";
import { Time } from "../ui/time";

/** Same as last time? Bytes and length of a backup beside those of the one before; nothing for every other run. */
export function RunBeforeCard({ action }: { action: ActionRow }) {
  const trpc = useTRPC();
  const isAsked = action.kind === "backup" && action.state === "DONE" && action.startedAt !== null;
  const { data } = useQuery(
    trpc.action.before.queryOptions(
      { actionId: action.id },
      { enabled: isAsked, staleTime: Number.POSITIVE_INFINITY, retry: false },
    ),
  );
  const { startedAt, endedAt, bytes } = action;
  if (data == null || startedAt === null || endedAt === null || bytes === null) return null;
  const isFull = action.result.incrementId === 0;
  return <Deltas now={{ bytes, ms: endedAt - startedAt }} before={data} isFull={isFull} />;
}

function Deltas({ now, before, isFull }: { now: { bytes: number; ms: number }; before: RunBefore; isFull: boolean }) {
  const note = strikingDelta(now, before, isFull);
  return (
    <Card title={t("Same as last time?")}>
      {note === null ? null : (
        <div className="mb-3">
          <Notice tone="warning" title={t("Not like last time")}>
            {note}
          </Notice>
        </div>
      )}
      <Facts
        items={[
          {
            label: t("Stored"),
            value: compared(formatBytes(now.bytes), formatBytes(before.bytes), now.bytes, before.bytes),
          },
          {
            label: t("Duration"),
            value: compared(formatDuration(now.ms), formatDuration(before.ms), now.ms, before.ms),
          },
          {
            label: isFull ? t("Last full") : t("Last increment"),
            value: (
              <>
                <Link className="text-primary hover:underline" href={`/activity/${before.actionId}`}>
                  {t("Run {actionId}", { actionId: before.actionId })}
                </Link>
                , <Time at={before.endedAt} short />
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

/** "1.2 GiB, last time 1.0 GiB (+20 %)" */
function compared(nowText: string, beforeText: string, now: number, before: number): string {
  const percent = deltaPercent(now, before);
  const change = percent === null ? "" : ` (${percent > 0 ? "+" : percent < 0 ? "−" : "±"}${Math.abs(percent)} %)`;
  return t("{nowText}, last time {beforeText}{change}", { nowText, beforeText, change });
}
