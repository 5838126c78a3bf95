"use client";

import { type FormEvent, useState } from "react";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { pinEnd } from "@/server/domain/retention-preview";
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
      title={`Pin ${pointName(point, chain)}`}
      description="While a point is pinned, retention leaves it alone and its backup cannot be deleted."
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
  const error = isEndless || until !== null ? undefined : "Give a whole number of days from 1 to 36500.";

  function submit(event: FormEvent) {
    event.preventDefault();
    if (error === undefined) pin.mutate({ imageId, incrementId, until, note });
  }

  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <Checkbox label="Until somebody unpins it" checked={isEndless} onCheckedChange={setIsEndless} />
      {isEndless ? null : (
        <Field
          label="Days"
          error={error}
          help={
            until === null ? (
              "1 to 36500."
            ) : (
              <>
                Until <Time at={until} />. Then the retention settings decide again.
              </>
            )
          }
          className="max-w-xs"
        >
          {(control) => (
            <Input {...control} inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} />
          )}
        </Field>
      )}
      <Field label="Why" help="Shown to everybody who sees the point.">
        {(control) => (
          <Textarea {...control} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
      {pin.isError && (
        <Notice tone="danger" isAlert title="The point was not pinned">
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
          Pin
        </Button>
      </div>
    </form>
  );
}

function daysLeft(point: RestorePoint, now: number): number | null {
  const until = point.pin?.until;
  return until == null ? null : Math.max(1, Math.round((until - now) / 86_400_000));
}
