"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAdminReason } from "../hooks/use-admin-reason";
import { useNow } from "../hooks/use-now";
import { rich, t } from "../i18n/t";
import { isEndlessPause } from "../job/job-reasons";
import { PauseDialog } from "../job/pause-dialog";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { Time } from "../ui/time";
import { BlackoutDialog } from "./blackout-dialog";

/** Buttons that hold everything scheduled: a pause, and weekly windows. */
export function PauseAll() {
  const { settings, isPaused, change } = useScheduler();
  const [open, setOpen] = useState<"pause" | "windows" | null>(null);
  const reason = useAdminReason(t("pause the schedules"));
  if (settings === undefined) return null;
  const close = () => setOpen(null);
  const set = (pausedUntil: number | null) => change.mutate({ ...settings, pausedUntil }, { onSuccess: close });
  return (
    <>
      <Button disabledReason={reason} onClick={() => setOpen("windows")}>
        {t("Blackout windows ({blackoutsCount})", { blackoutsCount: settings.blackouts.length })}
      </Button>
      {isPaused ? (
        <Button variant="primary" disabledReason={reason} isBusy={change.isPending} onClick={() => set(null)}>
          {t("Resume all")}
        </Button>
      ) : (
        <Button disabledReason={reason} onClick={() => setOpen("pause")}>
          {t("Pause all")}
        </Button>
      )}
      <PauseDialog
        isOpen={open === "pause"}
        onOpenChange={close}
        title={t("Pause everything scheduled")}
        description={t(
          "No schedule and no job begins anything until then. Backups that run go on; single backups by hand still work.",
        )}
        confirmLabel={t("Pause all")}
        onPause={set}
        isBusy={change.isPending}
        error={change.error === null ? null : errorMessage(change.error)}
      />
      {open === "windows" ? <BlackoutDialog scheduler={settings} onClose={close} /> : null}
    </>
  );
}

/** Tells that everything is paused, and until when. */
export function PausedNotice() {
  const { settings, isPaused, now } = useScheduler();
  const until = settings?.pausedUntil ?? null;
  if (!isPaused || until === null) return null;
  return (
    <Notice tone="warning" title={t("Everything scheduled is paused")} className="mb-4">
      {isEndlessPause(until, now) ? (
        t("Nothing begins by itself until an administrator resumes it.")
      ) : (
        <>{rich("Nothing begins by itself before {until}.", { until: <Time at={until} /> })}</>
      )}
    </Notice>
  );
}

function useScheduler() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const now = useNow();
  const { data } = useQuery(trpc.system.settings.queryOptions());
  const change = useMutation(
    trpc.system.setScheduler.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.system.settings.queryFilter()),
    }),
  );
  const isPaused = now !== 0 && (data?.scheduler.pausedUntil ?? 0) > now;
  return { settings: data?.scheduler, isPaused, change, now };
}
