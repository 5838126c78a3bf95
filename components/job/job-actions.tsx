"use client";

import { Ellipsis, Play, RotateCw, Square } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { JobRow } from "@/server/domain/job/job";
import { useAsked } from "../hooks/use-asked";
import { t } from "../i18n/t";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "../ui/menu";
import { RefusedDialog } from "../ui/refused-dialog";
import { cancelReason, manageReason, openCount, retryReason, runReason } from "./job-reasons";
import { PauseDialog } from "./pause-dialog";
import { useJobCommands } from "./use-job-commands";

/** What a link may open. */
const ASKED = ["pause"] as const;
type Open = "cancel" | "pause" | "delete" | null;

/** Run, cancel, retry and all the rest; small in a list, with words on the page of the job. */
export function JobActions({ job, isCompact = false }: { job: JobRow; isCompact?: boolean }) {
  const [open, setOpen] = useState<Open>(null);
  const { run, cancel, retry, pause, lock, remove } = useJobCommands(job);
  const router = useRouter();
  const staleReason = useStaleReason();
  const { asked: linked, until, done } = useAsked(ASKED);
  const asked = isCompact ? null : linked;
  const close = () => {
    setOpen(null);
    if (asked !== null) done();
  };
  const isRunning = openCount(job) > 0;
  const isPaused = job.pausedUntil !== null && job.pausedUntil > Date.now();
  const noManage = manageReason(job);
  const size = isCompact ? "sm" : "md";
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {isRunning ? (
        <Button
          size={size}
          aria-label={t("Cancel run of {name}", { name: job.name })}
          disabledReason={cancelReason(job)}
          isBusy={cancel.isPending}
          onClick={() => setOpen("cancel")}
        >
          <Square aria-hidden /> {t("Cancel run")}
        </Button>
      ) : (
        <Button
          size={size}
          variant={isCompact ? "secondary" : "primary"}
          aria-label={t("Run now: {name}", { name: job.name })}
          disabledReason={runReason(job)}
          isBusy={run.isPending}
          onClick={() => run.mutate({ jobId: job.id })}
        >
          <Play aria-hidden /> {t("Run now")}
        </Button>
      )}
      {isCompact ? null : (
        <Button
          disabledReason={retryReason(job)}
          isBusy={retry.isPending}
          onClick={() => retry.mutate({ jobId: job.id })}
        >
          <RotateCw aria-hidden /> {t("Retry failed")}
        </Button>
      )}
      <Menu
        trigger={
          <Button
            size={isCompact ? "icon-sm" : "icon"}
            variant="ghost"
            aria-label={t("More for {name}", { name: job.name })}
          >
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        {isCompact ? (
          <MenuItem disabledReason={retryReason(job)} onSelect={() => retry.mutate({ jobId: job.id })}>
            {t("Retry failed VMs")}
          </MenuItem>
        ) : null}
        <MenuLink href={`/jobs/${job.id}/edit`}>{t("Edit")}</MenuLink>
        <MenuLink href={`/jobs/new?from=${job.id}`}>{t("Duplicate")}</MenuLink>
        {isPaused ? (
          <MenuItem disabledReason={noManage} onSelect={() => pause.mutate({ jobId: job.id, until: null })}>
            {t("Resume")}
          </MenuItem>
        ) : (
          <MenuItem disabledReason={noManage} onSelect={() => setOpen("pause")}>
            {t("Pause…")}
          </MenuItem>
        )}
        {job.lockLevel > 0 ? (
          <MenuItem onSelect={() => lock.mutate({ jobId: job.id, level: 0 })}>{t("Unlock")}</MenuItem>
        ) : (
          <MenuItem disabledReason={noManage} onSelect={() => lock.mutate({ jobId: job.id, level: 2 })}>
            {t("Lock against changes")}
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem isDanger disabledReason={noManage ?? staleReason} onSelect={() => setOpen("delete")}>
          {t("Delete")}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={open === "cancel"}
        onOpenChange={close}
        title={t("Cancel the run of {name}?", { name: job.name })}
        consequences={[
          t("VMs that wait leave the run; they keep the points that they have."),
          t("Backups that run are stopped; nothing of them is kept, and their VMs end in Error."),
          t("The schedules of the job stay."),
        ]}
        confirmLabel={t("Cancel the run")}
        cancelLabel={t("Let it go on")}
        onConfirm={() => cancel.mutate({ jobId: job.id }, { onSuccess: close })}
        isBusy={cancel.isPending}
        error={cancel.error === null ? null : errorMessage(cancel.error)}
      />
      <ConfirmDialog
        isOpen={open === "delete"}
        onOpenChange={close}
        title={t("Delete job {name}?", { name: job.name })}
        consequences={[
          t(
            "{vmCount, plural, one {1 VM is} other {{vmCount} VMs are}} not backed up by it any more, and free for other jobs.",
            { vmCount: job.vmCount },
          ),
          t("Its schedules and the history of its runs go with it."),
          t("Every backup that it made stays and can be restored."),
        ]}
        confirmLabel={t("Delete job")}
        onConfirm={() => remove.mutate({ jobId: job.id }, { onSuccess: () => router.push("/jobs") })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
      {asked === "pause" && noManage !== null ? (
        <RefusedDialog title={t("{name} cannot be paused", { name: job.name })} reason={noManage} onClose={close} />
      ) : null}
      <PauseDialog
        key={until}
        isOpen={open === "pause" || (asked === "pause" && noManage === null)}
        until={asked === null ? null : until}
        onOpenChange={close}
        title={t("Pause {name}", { name: job.name })}
        description={t("Nothing of this job begins until then. Backups that run go on.")}
        confirmLabel={t("Pause job")}
        onPause={(until) => pause.mutate({ jobId: job.id, until }, { onSuccess: close })}
        isBusy={pause.isPending}
        error={pause.error === null ? null : errorMessage(pause.error)}
      />
    </span>
  );
}
