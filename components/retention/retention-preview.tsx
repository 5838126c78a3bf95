"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { backupCount, pointCount } from "@/components/lib/counts";
import { policyWords } from "@/server/domain/retention-policy";
import { type RetentionPreview as Preview, TryPolicy } from "@/server/domain/retention-preview";
import { useSettled } from "../hooks/use-settled";
import { rich, t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { formatBytes } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { PreviewStrip } from "./preview-strip";
import { PreviewTable } from "./preview-table";

const TYPING_MS = 300;

interface RetentionPreviewProps {
  vmId: number;
  /** Settings as they stand in a form, complete or not; null: those that the next backup will have. */
  policy: TryPolicy | null;
}

/** What the next backup of a VM makes go, on its real history: a sentence, the points drawn, and a table with reasons. */
export function RetentionPreview({ vmId, policy }: RetentionPreviewProps) {
  const trpc = useTRPC();
  // A new object at each key press: its text is what matters.
  const text = useSettled(JSON.stringify(policy), TYPING_MS);
  const parsed = useMemo(() => TryPolicy.nullable().safeParse(JSON.parse(text)), [text]);
  const preview = useQuery(
    trpc.retention.preview.queryOptions(
      { vmId, policy: parsed.success ? parsed.data : null },
      { enabled: parsed.success, placeholderData: keepPreviousData },
    ),
  );
  if (!parsed.success) return <p className="text-muted">{t("The preview appears when the numbers are complete.")}</p>;
  if (preview.data === undefined) {
    return preview.isError ? (
      <ErrorState error={preview.error} what={t("the preview")} onRetry={() => void preview.refetch()} />
    ) : (
      <div role="status" className="space-y-2">
        <span className="sr-only">{t("Working out the preview")}</span>
        <Skeleton className="h-6 w-96 max-w-full" />
        <Skeleton className="h-32" />
      </div>
    );
  }
  return <PreviewView preview={preview.data} isOld={preview.isPlaceholderData} />;
}

function PreviewView({ preview, isOld }: { preview: Preview; isOld: boolean }) {
  return (
    <div className="min-w-0 space-y-3" aria-busy={isOld} data-testid="retention-preview">
      <p role="status">
        <strong>{answer(preview)}</strong>{" "}
        <span className="text-muted">
          {rich(
            "The next backup is {isFull, select, yes {a full one} other {an increment}}, {isPlanned, select, yes {planned {at}} other {as if it were made now}}. Keep: {policy}.",
            {
              isFull: preview.next.type === "FULL" ? "yes" : "no",
              isPlanned: preview.next.isPlanned ? "yes" : "no",
              at: <Time at={preview.next.at} />,
              policy: policyWords(preview.policy),
            },
          )}
        </span>
      </p>
      {preview.heldByChain > 0 && (
        <Notice tone="info">
          {t(
            "{heldByChain, plural, one {1 point stays} other {{heldByChain} points stay}} although no rule wants {heldByChain, plural, one {it} other {them}}: only the oldest points of a chain can be merged, and a chain that is closed goes as a whole. A job that begins a new chain now and then lets them go sooner.",
            { heldByChain: preview.heldByChain },
          )}
        </Notice>
      )}
      <PreviewStrip points={preview.points} />
      <PreviewTable preview={preview} />
    </div>
  );
}

/** The sentence an operator would say aloud. */
function answer({ merges, deletions, points, freesAtMost }: Preview): string {
  const merged = points.filter((point) => point.fate === "merge").length;
  const deleted = points.filter((point) => point.fate === "delete").length;
  if (merged + deleted === 0) return t("After the next backup nothing goes.");
  const parts = [
    ...(deleted === 0
      ? []
      : [
          t("{deleted} in {deletionsCount} deleted", {
            deleted: pointCount(deleted),
            deletionsCount: backupCount(deletions.length),
          }),
        ]),
    ...(merged === 0 ? [] : [t("{merged} merged into a later one", { merged: pointCount(merged) })]),
  ];
  const freed = t("{isExact, select, yes {{freesAtMost} freed} other {at most {freesAtMost} freed}}", {
    isExact: merges.length === 0 ? "yes" : "no",
    freesAtMost: formatBytes(freesAtMost),
  });
  return t("After the next backup these go: {parts}; {freed}.", { parts: parts.join(", "), freed });
}
