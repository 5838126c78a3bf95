"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { errorMessage } from "../lib/error-message";
import { PauseAll, PausedNotice } from "../schedule/pause-all";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";

type Limits = Record<"maxBackups" | "maxBackupsHost" | "maxOthers", number>;
const FIELDS = [
  {
    name: "maxBackups",
    get label() {
      return t("Backups at once (MAX_BACKUPS)");
    },
    get help() {
      return t("Of the whole system.");
    },
  },
  {
    name: "maxBackupsHost",
    get label() {
      return t("Backups at once on a host (MAX_BACKUPS_HOST)");
    },
    get help() {
      return t("Of each host.");
    },
  },
  {
    name: "maxOthers",
    get label() {
      return t("Other operations at once");
    },
    get help() {
      return t("Restores, checks, disk operations.");
    },
  },
] as const;

/** Settings of the whole system: limits, and when nothing scheduled begins. */
export function SettingsPage() {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.system.settings.queryOptions());
  return (
    <>
      <PageHeader
        title={t("System settings")}
        summary={t("They hold for everybody, from the next pass of the scheduler on.")}
      />
      <PausedNotice />
      <div className="grid max-w-3xl gap-4">
        {error === null ? null : <ErrorState error={error} what={t("the settings")} onRetry={() => void refetch()} />}
        <Card title={t("Limits")}>
          {data === undefined ? (
            <Skeleton className="h-40" />
          ) : (
            <LimitsForm key={JSON.stringify(data.limits)} limits={data.limits} />
          )}
        </Card>
        <Card title={t("When nothing begins")}>
          <div className="flex flex-wrap gap-2">
            <PauseAll />
          </div>
        </Card>
      </div>
    </>
  );
}

function LimitsForm({ limits }: { limits: Limits }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const reason = useAdminReason(t("change the limits"));
  const [values, setValues] = useState({
    maxBackups: String(limits.maxBackups),
    maxBackupsHost: String(limits.maxBackupsHost),
    maxOthers: String(limits.maxOthers),
  });
  const save = useMutation(
    trpc.system.setLimits.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Limits saved"));
        await queryClient.invalidateQueries(trpc.system.settings.queryFilter());
      },
    }),
  );
  const isWrong = (text: string) => !/^\d{1,4}$/.test(text) || Number(text) > 1000;
  const hasWrong = FIELDS.some((field) => isWrong(values[field.name]));
  function submit(event: FormEvent) {
    event.preventDefault();
    if (reason !== null || hasWrong) return;
    const { maxBackups, maxBackupsHost, maxOthers } = values;
    save.mutate({
      maxBackups: Number(maxBackups),
      maxBackupsHost: Number(maxBackupsHost),
      maxOthers: Number(maxOthers),
    });
  }
  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      {FIELDS.map((field) => (
        <Field
          key={field.name}
          label={field.label}
          help={t("{help} 0: no limit.", { help: field.help })}
          error={isWrong(values[field.name]) ? t("Give a whole number from 0 to 1000.") : undefined}
        >
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              className="max-w-40"
              value={values[field.name]}
              onChange={(event) => setValues({ ...values, [field.name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      {save.error === null ? null : (
        <Notice tone="danger" isAlert>
          {errorMessage(save.error)}
        </Notice>
      )}
      <div>
        <Button type="submit" variant="primary" isBusy={save.isPending} disabledReason={reason}>
          {t("Save limits")}
        </Button>
      </div>
    </form>
  );
}
