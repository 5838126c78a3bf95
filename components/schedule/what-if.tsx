"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import type { TriedMove } from "./move-dialog";

export interface Tried {
  limits: { maxBackups: number; maxBackupsHost: number } | null;
  moves: TriedMove[];
}

export const NOTHING_TRIED: Tried = { limits: null, moves: [] };

const FIELDS = [
  {
    name: "maxBackups",
    get label() {
      return t("Backups at once");
    },
  },
  {
    name: "maxBackupsHost",
    get label() {
      return t("Backups at once on a host");
    },
  },
] as const;

/** Other limits and moved runs, looked at before anything is saved. */
export function WhatIf(props: {
  limits: { maxBackups: number; maxBackupsHost: number; maxOthers: number };
  tried: Tried;
  onChange: (tried: Tried) => void;
}) {
  const { limits, tried, onChange } = props;
  const [texts, setTexts] = useState<Partial<Record<"maxBackups" | "maxBackupsHost", string>>>({});
  const isWrong = (text: string) => !/^\d{1,4}$/.test(text) || Number(text) > 1000;
  const textOf = (name: "maxBackups" | "maxBackupsHost") => texts[name] ?? String(tried.limits?.[name] ?? limits[name]);
  const reset = () => {
    setTexts({});
    onChange(NOTHING_TRIED);
  };
  function set(name: "maxBackups" | "maxBackupsHost", text: string) {
    setTexts({ ...texts, [name]: text });
    if (isWrong(text)) return;
    const before = tried.limits ?? limits;
    const maxBackups = name === "maxBackups" ? Number(text) : before.maxBackups;
    const maxBackupsHost = name === "maxBackupsHost" ? Number(text) : before.maxBackupsHost;
    const isSame = maxBackups === limits.maxBackups && maxBackupsHost === limits.maxBackupsHost;
    onChange({ ...tried, limits: isSame ? null : { maxBackups, maxBackupsHost } });
  }
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap gap-4">
        {FIELDS.map(({ name, label }) => (
          <Field
            key={name}
            label={label}
            help={t("0: no limit.")}
            error={isWrong(textOf(name)) ? t("Give a whole number from 0 to 1000.") : undefined}
          >
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                className="max-w-28"
                value={textOf(name)}
                onChange={(event) => set(name, event.target.value)}
              />
            )}
          </Field>
        ))}
      </div>
      {tried.limits === null && tried.moves.length === 0 ? (
        <p className="text-muted">
          {t("Type other limits, or move a run and choose “Try it only”. Nothing is saved by that.")}
        </p>
      ) : (
        <TriedNotice limits={limits} tried={tried} onReset={reset} />
      )}
    </div>
  );
}

function TriedNotice(props: {
  limits: { maxBackups: number; maxBackupsHost: number; maxOthers: number };
  tried: Tried;
  onReset: () => void;
}) {
  const { limits, tried, onReset } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const adminReason = useAdminReason(t("change the limits"));
  const setLimits = useMutation(trpc.system.setLimits.mutationOptions());
  const update = useMutation(trpc.schedule.update.mutationOptions());
  const [error, setError] = useState<string | null>(null);
  async function save() {
    setError(null);
    try {
      for (const { scheduleId, schedule } of tried.moves) await update.mutateAsync({ scheduleId, schedule });
      if (tried.limits !== null) await setLimits.mutateAsync({ ...limits, ...tried.limits });
      toast.success(t("What was tried is saved"));
      onReset();
    } catch (caught) {
      setError(errorMessage(caught));
    }
    await queryClient.invalidateQueries(trpc.schedule.pathFilter());
    await queryClient.invalidateQueries(trpc.system.settings.queryFilter());
  }
  const parts = [
    ...(tried.limits === null
      ? []
      : [
          t("MAX_BACKUPS {maxBackups}, MAX_BACKUPS_HOST {maxBackupsHost}", {
            maxBackups: tried.limits.maxBackups,
            maxBackupsHost: tried.limits.maxBackupsHost,
          }),
        ]),
    ...tried.moves.map((move) => t("{name} moved", { name: move.name })),
  ];
  return (
    <Notice
      tone="info"
      title={t("You look at a try, nothing of it is saved")}
      actions={
        <>
          <Button onClick={onReset}>{t("Discard")}</Button>
          <Button
            variant="primary"
            isBusy={update.isPending || setLimits.isPending}
            disabledReason={tried.limits === null ? null : adminReason}
            onClick={() => void save()}
          >
            {t("Save it")}
          </Button>
        </>
      }
    >
      {parts.join("; ")}.{error === null ? null : <span className="block text-danger">{error}</span>}
    </Notice>
  );
}
