"use client";

import { Circle, CircleDot } from "lucide-react";
import { type LiveStatus, useLiveStatus } from "../hooks/live-status";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { formatClock } from "../lib/format";
import { Notice } from "../ui/notice";

/** How old the picture is: "Live", or since when it stands still. */
export function Freshness() {
  const status = useLiveStatus();
  const { zone } = useZone();
  if (status.state === "live") {
    return (
      <span role="status" className="flex items-center gap-1.5 text-sm text-muted">
        <CircleDot aria-hidden className="size-3.5 text-success" />
        <span className="max-sm:sr-only">{t("Live")}</span>
      </span>
    );
  }
  return (
    <span role="status" className="flex items-center gap-1.5 text-sm text-warning">
      <Circle aria-hidden className="size-3.5" />
      <span className="max-sm:sr-only">{staleText(status, zone)}</span>
    </span>
  );
}

/** Tells on top of the page that what it shows may be old. */
export function StaleBanner() {
  const status = useLiveStatus();
  const { zone } = useZone();
  if (status.state !== "stale") return null;
  return (
    <Notice tone="warning" title={t("No connection to the core")} className="mt-4" isAlert>
      {t("{staleText}. What you see may have changed since; actions that delete wait until it is live again.", {
        staleText: staleText(status, zone),
      })}
    </Notice>
  );
}

/** Why nothing may be deleted now, null while the picture is live. */
export function useStaleReason(): string | null {
  const status = useLiveStatus();
  return status.state === "stale" ? t("The page is not up to date. Wait until the connection is back.") : null;
}

function staleText(status: LiveStatus, zone: string): string {
  return status.lastAt === null
    ? t("Connecting")
    : t("As of {lastAt}, reconnecting", { lastAt: formatClock(status.lastAt, zone) });
}
