"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { policyWords } from "@/server/domain/retention-policy";
import { type RetentionPreview as Preview, TryPolicy } from "@/server/domain/retention-preview";
import { useSettled } from "../hooks/use-settled";
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
  if (!parsed.success) return <p className="text-muted">The preview appears when the numbers are complete.</p>;
  if (preview.data === undefined) {
    return preview.isError ? (
      <ErrorState error={preview.error} what="the preview" onRetry={() => void preview.refetch()} />
    ) : (
      <div role="status" className="space-y-2">
        <span className="sr-only">Working out the preview</span>
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
          The next backup is {preview.next.type === "FULL" ? "a full one" : "an increment"},{" "}
          {preview.next.isPlanned ? (
            <>
              planned <Time at={preview.next.at} />
            </>
          ) : (
            "as if it were made now"
          )}
          . Keep: {policyWords(preview.policy)}.
        </span>
      </p>
      {preview.heldByChain > 0 && (
        <Notice tone="info">
          {preview.heldByChain === 1 ? "1 point stays" : `${preview.heldByChain} points stay`} although no rule wants{" "}
          {preview.heldByChain === 1 ? "it" : "them"}: only the oldest points of a chain can be merged, and a chain that
          is closed goes as a whole. A job that begins a new chain now and then lets them go sooner.
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
  if (merged + deleted === 0) return "After the next backup nothing goes.";
  const parts = [
    ...(deleted === 0 ? [] : [`${count(deleted, "point")} in ${count(deletions.length, "backup")} deleted`]),
    ...(merged === 0 ? [] : [`${count(merged, "point")} merged into a later one`]),
  ];
  const freed = `${merges.length === 0 ? "" : "at most "}${formatBytes(freesAtMost)} freed`;
  return `After the next backup these go: ${parts.join(", ")}; ${freed}.`;
}

function count(value: number, what: string): string {
  return value === 1 ? `1 ${what}` : `${value} ${what}s`;
}
