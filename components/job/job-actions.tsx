"use client";

import { Ellipsis, Play, RotateCw, Square } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { JobRow } from "@/server/domain/job/job";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "../ui/menu";
import { cancelReason, manageReason, openCount, retryReason, runReason } from "./job-reasons";
import { PauseDialog } from "./pause-dialog";
import { useJobCommands } from "./use-job-commands";

type Open = "cancel" | "pause" | "delete" | null;

/** Run, cancel, retry and all the rest; small in a list, with words on the page of the job. */
export function JobActions({ job, isCompact = false }: { job: JobRow; isCompact?: boolean }) {
  const [open, setOpen] = useState<Open>(null);
  const { run, cancel, retry, pause, lock, remove } = useJobCommands(job);
  const router = useRouter();
  const staleReason = useStaleReason();
  const close = () => setOpen(null);
  const isRunning = openCount(job) > 0;
  const isPaused = job.pausedUntil !== null && job.pausedUntil > Date.now();
  const noManage = manageReason(job);
  const size = isCompact ? "sm" : "md";
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {isRunning ? (
        <Button
          size={size}
          aria-label={`Cancel run of ${job.name}`}
          disabledReason={cancelReason(job)}
          isBusy={cancel.isPending}
          onClick={() => setOpen("cancel")}
        >
          <Square aria-hidden /> Cancel run
        </Button>
      ) : (
        <Button
          size={size}
          variant={isCompact ? "secondary" : "primary"}
          aria-label={`Run now: ${job.name}`}
          disabledReason={runReason(job)}
          isBusy={run.isPending}
          onClick={() => run.mutate({ jobId: job.id })}
        >
          <Play aria-hidden /> Run now
        </Button>
      )}
      {isCompact ? null : (
        <Button
          disabledReason={retryReason(job)}
          isBusy={retry.isPending}
          onClick={() => retry.mutate({ jobId: job.id })}
        >
          <RotateCw aria-hidden /> Retry failed
        </Button>
      )}
      <Menu
        trigger={
          <Button size={isCompact ? "icon-sm" : "icon"} variant="ghost" aria-label={`More for ${job.name}`}>
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        {isCompact ? (
          <MenuItem disabledReason={retryReason(job)} onSelect={() => retry.mutate({ jobId: job.id })}>
            Retry failed VMs
          </MenuItem>
        ) : null}
        <MenuLink href={`/jobs/${job.id}/edit`}>Edit</MenuLink>
        <MenuLink href={`/jobs/new?from=${job.id}`}>Duplicate</MenuLink>
        {isPaused ? (
          <MenuItem disabledReason={noManage} onSelect={() => pause.mutate({ jobId: job.id, until: null })}>
            Resume
          </MenuItem>
        ) : (
          <MenuItem disabledReason={noManage} onSelect={() => setOpen("pause")}>
            Pause…
          </MenuItem>
        )}
        {job.lockLevel > 0 ? (
          <MenuItem onSelect={() => lock.mutate({ jobId: job.id, level: 0 })}>Unlock</MenuItem>
        ) : (
          <MenuItem disabledReason={noManage} onSelect={() => lock.mutate({ jobId: job.id, level: 2 })}>
            Lock against changes
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem isDanger disabledReason={noManage ?? staleReason} onSelect={() => setOpen("delete")}>
          Delete
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={open === "cancel"}
        onOpenChange={close}
        title={`Cancel the run of ${job.name}?`}
        consequences={[
          "VMs that wait leave the run; they keep the points that they have.",
          "Backups that run are stopped; nothing of them is kept, and their VMs end in Error.",
          "The schedules of the job stay.",
        ]}
        confirmLabel="Cancel the run"
        cancelLabel="Let it go on"
        onConfirm={() => cancel.mutate({ jobId: job.id }, { onSuccess: close })}
        isBusy={cancel.isPending}
        error={cancel.error === null ? null : errorMessage(cancel.error)}
      />
      <ConfirmDialog
        isOpen={open === "delete"}
        onOpenChange={close}
        title={`Delete job ${job.name}?`}
        consequences={[
          `${job.vmCount === 1 ? "1 VM is" : `${job.vmCount} VMs are`} not backed up by it any more, and free for other jobs.`,
          "Its schedules and the history of its runs go with it.",
          "Every backup that it made stays and can be restored.",
        ]}
        confirmLabel="Delete job"
        onConfirm={() => remove.mutate({ jobId: job.id }, { onSuccess: () => router.push("/jobs") })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
      <PauseDialog
        isOpen={open === "pause"}
        onOpenChange={close}
        title={`Pause ${job.name}`}
        description="Nothing of this job begins until then. Backups that run go on."
        confirmLabel="Pause job"
        onPause={(until) => pause.mutate({ jobId: job.id, until }, { onSuccess: close })}
        isBusy={pause.isPending}
        error={pause.error === null ? null : errorMessage(pause.error)}
      />
    </span>
  );
}
