"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BellOff, BellRing } from "lucide-react";
import { useState } from "react";
import { attentionKey } from "@/server/domain/mute";
import type { OverviewView } from "@/server/domain/overview";
import { rich, t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { Time } from "../ui/time";

type Group = OverviewView["attention"][number];

const HOUR_MS = 3_600_000;
const LENGTHS = [8, 24, 7 * 24, 30 * 24] as const;

/** Puts a cause aside for the reader alone, until a time and with a reason; or takes it back. */
export function MuteCause({ group }: { group: Group }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  const refresh = { onSuccess: () => client.invalidateQueries(trpc.system.overview.queryFilter()) };
  const unmute = useMutation(trpc.system.unmute.mutationOptions(refresh));
  const key = attentionKey(group);
  if (group.muted != null) {
    return (
      <Button size="sm" isBusy={unmute.isPending} onClick={() => unmute.mutate({ key })}>
        <BellRing aria-hidden /> {t("Show again")}
      </Button>
    );
  }
  return (
    <>
      <Button size="sm" onClick={() => setIsOpen(true)}>
        <BellOff aria-hidden /> {t("Mute…")}
      </Button>
      {isOpen ? <MuteDialog cause={key} onClose={() => setIsOpen(false)} onDone={refresh.onSuccess} /> : null}
    </>
  );
}

/** Why and until when a cause is put aside; nothing for one that is not. */
export function MutedWords({ group }: { group: Group }) {
  if (group.muted == null) return null;
  return (
    <p className="wrap-anywhere">
      {rich("Muted by you until {until}: {reason}", {
        until: <Time at={group.muted.until} short />,
        reason: group.muted.reason,
      })}
    </p>
  );
}

function MuteDialog({ cause, onClose, onDone }: { cause: string; onClose: () => void; onDone: () => Promise<void> }) {
  const trpc = useTRPC();
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState<number>(24);
  const mute = useMutation(
    trpc.system.mute.mutationOptions({
      onSuccess: async () => {
        await onDone();
        onClose();
      },
    }),
  );
  const lengthWords = (length: number) =>
    length < 24
      ? t("{hours} hours", { hours: length })
      : t("{days, plural, one {1 day} other {{days} days}}", { days: length / 24 });
  return (
    <FormDialog
      title={t("Mute this cause")}
      description={t(
        "You do not see it among what needs attention until then. Others still do, and the VMs count as before.",
      )}
      submitLabel={t("Mute")}
      submitReason={reason.trim().length < 3 ? t("Say why first, in three letters or more.") : null}
      isBusy={mute.isPending}
      error={mute.error}
      onSubmit={() => mute.mutate({ key: cause, reason, until: Date.now() + hours * HOUR_MS })}
      onClose={onClose}
    >
      <Field label={t("Why")} isRequired>
        {(control) => (
          <Input {...control} maxLength={300} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      <Field label={t("For how long")}>
        {(control) => (
          <Select {...control} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {LENGTHS.map((length) => (
              <option key={length} value={length}>
                {lengthWords(length)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}
