"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Plus } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { toast } from "sonner";
import { useNow } from "@/components/hooks/use-now";
import { useZone } from "@/components/hooks/use-zone";
import { rich, t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { ErrorState } from "@/components/layout/error-state";
import { errorMessage } from "@/components/lib/error-message";
import { describeRule } from "@/components/schedule/rule-words";
import { newSchedule, valuesOfSchedule } from "@/components/schedule/schedule-values";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { Time } from "@/components/ui/time";
import type { ScheduledAction } from "@/server/domain/schedule/action";
import type { VmDetail } from "@/server/domain/vm";
import { configureReason } from "./vm-reasons";
import { VmScheduleDialog, type VmScheduleValues } from "./vm-schedule-dialog";

/** What this VM does by itself at given times. */
export function SchedulesTab({ vm }: { vm: VmDetail }) {
  const trpc = useTRPC();
  const now = useNow();
  const { zones } = useZone();
  const [edited, setEdited] = useState<VmScheduleValues | null>(null);
  const { data, error, refetch } = useQuery(trpc.schedule.list.queryOptions({ parentType: "VM", parentId: vm.id }));
  const { backupJobId } = vm.backupConfig;
  const mayNot = vm.may.configure ? null : configureReason(vm);
  const blank = { action: backupJobId === null ? "backup" : "reboot", args: "" };
  const add = (
    <Button
      disabledReason={mayNot}
      onClick={() => setEdited({ ...blank, schedule: newSchedule(zones.server, now) })}
      data-testid="vm-schedule-add"
    >
      <Plus aria-hidden /> {t("Add scheduled action")}
    </Button>
  );
  return (
    <div className="grid max-w-3xl gap-4">
      {backupJobId === null ? null : (
        <Notice tone="info">
          {rich("Backed up by <link>job {backupJobId}</link>: backups are scheduled there, other actions here.", {
            backupJobId,
            link: (content) => (
              <Link className="text-primary underline underline-offset-2" href={`/jobs/${backupJobId}`}>
                {content}
              </Link>
            ),
          })}
        </Notice>
      )}
      {error === null ? null : <ErrorState error={error} what={t("the schedules")} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Skeleton className="h-24" /> : null}
      {data === undefined ? null : data.length === 0 ? (
        <Card>
          <EmptyState icon={CalendarClock} title={t("No scheduled action")} actions={add}>
            {t("Back this VM up, restart it or take snapshots of it at given times.")}
          </EmptyState>
        </Card>
      ) : (
        <>
          <ul className="grid gap-2">
            {data.map((schedule) => (
              <ScheduleRow
                key={schedule.id}
                schedule={schedule}
                mayNot={mayNot}
                onEdit={() =>
                  setEdited({ action: schedule.action, args: schedule.args, schedule: valuesOfSchedule(schedule) })
                }
              />
            ))}
          </ul>
          <div>{add}</div>
        </>
      )}
      {edited === null ? null : <VmScheduleDialog vm={vm} initial={edited} onClose={() => setEdited(null)} />}
    </div>
  );
}

function ScheduleRow(props: { schedule: ScheduledAction; mayNot: string | null; onEdit: () => void }) {
  const { schedule, mayNot, onEdit } = props;
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const remove = useMutation(
    trpc.schedule.delete.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Scheduled action deleted"));
        await queryClient.invalidateQueries(trpc.schedule.pathFilter());
      },
    }),
  );
  const title = `${schedule.action}${schedule.args === "" ? "" : ` (${schedule.args})`}`;
  return (
    <li className="flex flex-wrap items-start justify-between gap-2 rounded-card border border-line bg-surface p-3">
      <div className="min-w-0 wrap-anywhere">
        <p className="font-medium">
          <span className="font-mono">{title}</span> {describeRule(schedule.rule)}
        </p>
        <p className="text-sm text-muted">
          {schedule.rule.time > schedule.done ? (
            <>{rich("Next: {time}", { time: <Time at={schedule.rule.time * 1000} /> })}</>
          ) : (
            t("Finished")
          )}
        </p>
        {schedule.message === "" ? null : <p className="text-danger">{schedule.message}</p>}
      </div>
      <div className="flex gap-2">
        <Button size="sm" aria-label={t("Edit {title}", { title })} disabledReason={mayNot} onClick={onEdit}>
          {t("Edit")}
        </Button>
        <Button
          size="sm"
          aria-label={t("Delete {title}", { title })}
          disabledReason={mayNot}
          onClick={() => setIsOpen(true)}
        >
          {t("Delete")}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Delete the scheduled {action}?", { action: schedule.action })}
        consequences={[t("It does not happen any more."), t("What it has done stays.")]}
        confirmLabel={t("Delete scheduled action")}
        onConfirm={() => remove.mutate({ scheduleId: schedule.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </li>
  );
}
