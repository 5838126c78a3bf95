"use client";

import { useEffect, useRef, useState } from "react";
import type { ActionLogLine, LogLevel } from "@/server/domain/action";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { cn } from "../lib/cn";
import { formatClock } from "../lib/format";
import { Card } from "../ui/card";
import { LogToolbar } from "./log-toolbar";
import { useActionLog } from "./use-action-log";

const ORDER: Record<LogLevel, number> = { ERROR: 0, WARN: 1, INFO: 2, DEBUG: 3 };
/** More lines than this make the page slow; the download has them all. */
const SHOWN_LINES = 1_000;
const COLOURS: Record<LogLevel, string> = {
  ERROR: "text-danger",
  WARN: "text-warning",
  INFO: "text-info",
  DEBUG: "text-muted",
};

/** The log of a run: filter, search, wrap, follow, copy, download. Following can be paused. */
export function ActionLog({ actionId, isOver }: { actionId: number; isOver: boolean }) {
  const { data, error, refetch } = useActionLog(actionId, isOver);
  const { zone } = useZone();
  const [level, setLevel] = useState<LogLevel>("INFO");
  const [search, setSearch] = useState("");
  const [isWrapped, setIsWrapped] = useState(true);
  const [isFollowing, setIsFollowing] = useState(true);
  const needle = search.trim().toLowerCase();
  const all = data ?? [];
  const lines = all.filter(
    (line) => ORDER[line.level] <= ORDER[level] && (needle === "" || line.text.toLowerCase().includes(needle)),
  );
  const shown = lines.slice(-SHOWN_LINES);
  const box = useFollow(isFollowing && !isOver, all.at(-1)?.id ?? 0);
  const textOf = (line: ActionLogLine) => `${new Date(line.at).toISOString()} ${line.level} ${line.text}`;
  return (
    <Card title={t("Log")}>
      <LogToolbar
        level={level}
        onLevelChange={setLevel}
        search={search}
        onSearchChange={setSearch}
        isWrapped={isWrapped}
        onWrappedChange={setIsWrapped}
        isFollowing={isFollowing}
        onFollowingChange={isOver ? null : setIsFollowing}
        fileName={`run-${actionId}.log`}
        text={() => all.map(textOf).join("\n")}
      />
      {error === null ? null : <ErrorState error={error} what={t("the log")} onRetry={() => void refetch()} />}
      <div
        ref={box}
        role="log"
        aria-label={t("Log of the run")}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
        tabIndex={0}
        className="max-h-96 min-h-24 overflow-auto rounded-control border border-line bg-bg p-2 font-mono text-sm"
      >
        {lines.length > shown.length ? (
          <p className="pb-1 text-muted">
            {t("{linesCount} earlier lines are in the download.", { linesCount: lines.length - shown.length })}
          </p>
        ) : null}
        {shown.map((line) => (
          <div key={line.id} className={cn("flex gap-3", isWrapped ? "wrap-anywhere" : "whitespace-pre")}>
            <span className="shrink-0 text-muted">{formatClock(line.at, zone)}</span>
            <span className={cn("w-12 shrink-0", COLOURS[line.level])}>{line.level}</span>
            <span className={isWrapped ? "whitespace-pre-wrap" : undefined}>{line.text}</span>
          </div>
        ))}
        {shown.length === 0 && error === null ? (
          <p className="text-muted">
            {data === undefined
              ? t("Reading the log…")
              : all.length === 0
                ? isOver
                  ? t("Nothing was logged.")
                  : t("Nothing logged yet.")
                : t("No line matches.")}
          </p>
        ) : null}
      </div>
    </Card>
  );
}

/** Keeps the end of a scrolling box in view while `isOn`, each time `last` changes. */
function useFollow(isOn: boolean, last: number) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isOn && last > 0 && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [isOn, last]);
  return box;
}
