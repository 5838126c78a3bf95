"use client";

import { type FormEvent, useState } from "react";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { pinEnd } from "@/server/domain/retention-preview";
import { rich, t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { pointName } from "../timeline/point-label";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/checkbox";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input, Textarea } from "../ui/input";
import { Notice } from "../ui/notice";
import { Time } from "../ui/time";
import { usePinCommands } from "./use-pin-commands";

interface PinDialogProps {
  chain: Chain;
  point: RestorePoint;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Pin a point, or change its pin: for how long, and why. */
export function PinDialog(props: PinDialogProps) {
  const { chain, point, isOpen, onOpenChange } = props;
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={t("Pin {pointName}", { pointName: pointName(point, chain) })}
      description={t("While a point is pinned, retention leaves it alone and its backup cannot be deleted.")}
    >
      <PinForm {...props} />
    </Dialog>
  );
}

function PinForm({ point, onOpenChange }: PinDialogProps) {
  const { imageId, incrementId } = point;
  const [now] = useState(() => Date.now());
  const [days, setDays] = useState(() => String(daysLeft(point, now) ?? 90));
  const [isEndless, setIsEndless] = useState(point.pin != null && point.pin.until === null);
  const [note, setNote] = useState(point.pin?.note ?? "");
  const { pin } = usePinCommands(() => onOpenChange(false));
  const until = isEndless ? null : pinEnd(Number(days), now);
  const error = isEndless || until !== null ? undefined : t("Give a whole number of days from 1 to 36500.");

  function submit(event: FormEvent) {
    event.preventDefault();
    if (error === undefined) pin.mutate({ imageId, incrementId, until, note });
  }

  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <Checkbox label={t("Until somebody unpins it")} checked={isEndless} onCheckedChange={setIsEndless} />
      {isEndless ? null : (
        <Field
          label={t("Days")}
          error={error}
          help={
            until === null ? (
              t("1 to 36500.")
            ) : (
              <>{rich("Until {until}. Then the retention settings decide again.", { until: <Time at={until} /> })}</>
            )
          }
          className="max-w-xs"
        >
          {(control) => (
            <Input {...control} inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} />
          )}
        </Field>
      )}
      <Field label={t("Why")} help={t("Shown to everybody who sees the point.")}>
        {(control) => (
          <Textarea {...control} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
      {pin.isError && (
        <Notice tone="danger" isAlert title={t("The point was not pinned")}>
          {errorMessage(pin.error)}
        </Notice>
      )}
      <div className="flex justify-end">
        <Button
          type="submit"
          variant="primary"
          isBusy={pin.isPending}
          disabledReason={error ?? null}
          data-testid="pin-save"
        >
          {t("Pin")}
        </Button>
      </div>
    </form>
  );
}

function daysLeft(point: RestorePoint, now: number): number | null {
  const until = point.pin?.until;
  return until == null ? null : Math.max(1, Math.round((until - now) / 86_400_000));
}
