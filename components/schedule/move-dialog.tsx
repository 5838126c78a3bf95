"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { describeRule } from "@/components/schedule/rule-words";
import type { ScheduledAction, ScheduleInput } from "@/server/domain/schedule/action";
import type { SimRun } from "@/server/domain/schedule/simulation";
import { useNow } from "../hooks/use-now";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { ConflictList } from "./conflict-list";
import { inputOfSchedule, type MoveTarget, movedSchedule, targetAt } from "./move";
import { useSimulation } from "./use-simulation";

export interface TriedMove {
  scheduleId: number;
  schedule: ScheduleInput;
  name: string;
}

interface MoveDialogProps {
  run: SimRun;
  schedule: ScheduledAction;
  /** Where it was dropped; null when the dialog was opened by its button. */
  target: MoveTarget | null;
  onTry: (move: TriedMove) => void;
  onClose: () => void;
}

/** A change plan: what the schedule says now, what it will say, what that does to the coming days; then it is saved. */
export function MoveDialog({ run, schedule, target, onTry, onClose }: MoveDialogProps) {
  const now = useNow();
  const { zone } = schedule.rule;
  const [to, setTo] = useState(target ?? targetAt(run.at, zone));
  const { input, rule, errors } = movedSchedule(schedule, run.at, to, now);
  const moves = input === null ? null : [{ scheduleId: schedule.id, schedule: input }];
  const simulation = useSimulation(moves === null ? null : { days: 14, moves });
  const save = useMove(run.parentName, schedule, onClose);
  const conflicts = (simulation.data?.conflicts ?? []).filter(
    (one) => one.parentType === run.parentType && one.parentId === run.parentId,
  );
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("Move {parentName}", { parentName: run.parentName })}
      description={t("Times are those of {zone}. Nothing changes before you confirm.", { zone })}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button
            disabledReason={input === null ? t("Give a day and a time that are still to come.") : null}
            onClick={() => input !== null && onTry({ scheduleId: schedule.id, schedule: input, name: run.parentName })}
          >
            {t("Try it only")}
          </Button>
          <Button
            variant="primary"
            isBusy={save.isPending}
            disabledReason={input === null ? t("Give a day and a time that are still to come.") : null}
            onClick={() => input !== null && save.mutate({ scheduleId: schedule.id, schedule: input })}
            data-testid="move-confirm"
          >
            {t("Move")}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("New day")} error={errors?.date ?? errors?.days}>
            {(control) => (
              <Input
                {...control}
                type="date"
                value={to.date}
                onChange={(event) => event.target.value !== "" && setTo({ ...to, date: event.target.value })}
              />
            )}
          </Field>
          <Field label={t("New time")} error={errors?.clock}>
            {(control) => (
              <Input
                {...control}
                type="time"
                value={to.clock}
                onChange={(event) => event.target.value !== "" && setTo({ ...to, clock: event.target.value })}
              />
            )}
          </Field>
        </div>
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1" data-testid="move-plan">
          <dt className="text-muted">{t("Now")}</dt>
          <dd>{describeRule(schedule.rule)}</dd>
          <dt className="text-muted">{t("Then")}</dt>
          <dd>{rule === null ? "…" : describeRule(rule)}</dd>
        </dl>
        {schedule.rule.repeat === "none" ? null : (
          <p className="text-muted">{t("The whole schedule changes, not only this one run.")}</p>
        )}
        {simulation.data === undefined ? null : conflicts.length === 0 ? (
          <p role="status">
            {t("No conflict of {parentName} is expected in the next 14 days.", { parentName: run.parentName })}
          </p>
        ) : (
          <ConflictList conflicts={conflicts} zone={zone} now={now} hasLinks={false} />
        )}
        {simulation.error === null && save.error === null ? null : (
          <Notice tone="danger" isAlert>
            {errorMessage(save.error ?? simulation.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}

function useMove(name: string, before: ScheduledAction, onDone: () => void) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries(trpc.schedule.pathFilter());
  const undo = useMutation(
    trpc.schedule.update.mutationOptions({
      onSuccess: async () => {
        await refresh();
        toast.success(t("{name} is back where it was", { name }));
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return useMutation(
    trpc.schedule.update.mutationOptions({
      onSuccess: async () => {
        await refresh();
        onDone();
        toast.success(t("{name} moved", { name }), {
          duration: 15_000,
          action: {
            label: t("Undo"),
            onClick: () => undo.mutate({ scheduleId: before.id, schedule: inputOfSchedule(before) }),
          },
        });
      },
    }),
  );
}
