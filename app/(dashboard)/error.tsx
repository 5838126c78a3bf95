"use client";

import { useEffect, useRef } from "react";
import { useLiveStatus } from "@/components/hooks/live-status";
import { t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { PageHeader } from "@/components/layout/page-header";
import { isUnreachable } from "@/components/lib/error-message";

/** A page that broke while it was drawn: the shell lives on. What only lacked the server is loaded again when it is back. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  const { state } = useLiveStatus();
  const wasStale = useRef(false);
  const lacksServer = isUnreachable(error);
  useEffect(() => {
    if (state === "live" && wasStale.current && lacksServer) window.location.reload();
    if (state === "stale") wasStale.current = true;
  }, [state, lacksServer]);
  return (
    <>
      <PageHeader title={t("This page broke")} />
      <ErrorState error={error} what={t("this page")} onRetry={lacksServer ? () => window.location.reload() : reset} />
    </>
  );
}
