"use client";

import { parseAsInteger, useQueryState } from "nuqs";
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

/** The log of a run: filter, search, wrap, follow, copy, download, a link to a line. Following can be paused. */
export function ActionLog({ actionId, isOver }: { actionId: number; isOver: boolean }) {
  const { data, error, refetch } = useActionLog(actionId, isOver);
  const { zone } = useZone();
  const [linked, setLinked] = useQueryState("line", parseAsInteger);
  const [level, setLevel] = useState<LogLevel>(linked === null ? "INFO" : "DEBUG");
  const [search, setSearch] = useState("");
  const [isWrapped, setIsWrapped] = useState(true);
  const [isFollowing, setIsFollowing] = useState(linked === null);
  const needle = search.trim().toLowerCase();
  const all = data ?? [];
  const lines = all.filter(
    (line) => ORDER[line.level] <= ORDER[level] && (needle === "" || line.text.toLowerCase().includes(needle)),
  );
  const shown = shownLines(lines, linked);
  const earlier = shown[0] === undefined ? 0 : lines.indexOf(shown[0]);
  const box = useFollow(isFollowing && !isOver, all.at(-1)?.id ?? 0);
  const isThere = shown.some((line) => line.id === linked);
  useEffect(() => {
    if (isThere) box.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
  }, [isThere, box]);
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
        onLink={() => {
          const line = isThere ? linked : (shown.at(-1)?.id ?? null);
          return line === null ? null : lineAddress(line);
        }}
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
        {earlier > 0 ? (
          <p className="pb-1 text-muted">
            {t("{linesCount} earlier lines are in the download.", { linesCount: earlier })}
          </p>
        ) : null}
        {shown.map((line) => (
          <div
            key={line.id}
            aria-current={line.id === linked || undefined}
            className={cn("flex gap-3 aria-[current]:bg-primary-tint", isWrapped ? "wrap-anywhere" : "whitespace-pre")}
          >
            <a
              href={`?line=${line.id}`}
              tabIndex={-1}
              title={t("Link to this line")}
              className="shrink-0 text-muted hover:underline"
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                setIsFollowing(false);
                void setLinked(line.id);
              }}
            >
              {formatClock(line.at, zone)}
            </a>
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

/** The last lines, or those around the one that a link names. */
function shownLines(lines: readonly ActionLogLine[], linked: number | null): readonly ActionLogLine[] {
  const index = linked === null ? -1 : lines.findIndex((line) => line.id === linked);
  if (index === -1 || index >= lines.length - SHOWN_LINES) return lines.slice(-SHOWN_LINES);
  const from = Math.max(0, index - SHOWN_LINES / 2);
  return lines.slice(from, from + SHOWN_LINES);
}

/** Of this page, at that line. */
function lineAddress(line: number): string {
  const address = new URL(window.location.href);
  address.searchParams.set("line", String(line));
  return address.href;
}

/** Keeps the end of a scrolling box in view while `isOn`, each time `last` changes. */
function useFollow(isOn: boolean, last: number) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isOn && last > 0 && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [isOn, last]);
  return box;
}
