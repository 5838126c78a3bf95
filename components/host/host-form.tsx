"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { CreateHost } from "@/server/domain/host";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { errorView } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Checkbox } from "../ui/checkbox";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { HostTestReport } from "./host-test-report";

type HostInput = z.input<typeof CreateHost>;
const EMPTY: HostInput = { name: "", libvirtUri: null, emulatorCpus: null, domainType: "auto", shutdownSeconds: 120 };
const textOrNull = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value.trim() : null);

/** Add a host. The connection is tested stage by stage before the first save, unless overridden. */
export function HostForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const adminReason = useAdminReason(t("add hosts"));
  const form = useForm<HostInput, unknown, CreateHost>({ resolver: zodResolver(CreateHost), defaultValues: EMPTY });
  const { errors } = form.formState;
  const [isOverridden, setIsOverridden] = useState(false);
  const [testedKey, setTestedKey] = useState<string | null>(null);
  const key = connectionKey(useWatch({ control: form.control }));
  const test = useMutation(trpc.host.testNew.mutationOptions());
  const create = useMutation(
    trpc.host.create.mutationOptions({
      onSuccess: async ({ hostId }, input) => {
        toast.success(t("Host {name} added", { name: input.name }));
        await queryClient.invalidateQueries(trpc.host.pathFilter());
        router.push(`/hosts/${hostId}`);
      },
    }),
  );
  const isCurrent = testedKey === key;
  const testReason =
    isOverridden || (isCurrent && test.data?.isOk === true)
      ? null
      : t("Test the connection first, or choose to save without a passed test.");
  const runTest = form.handleSubmit((input) => {
    setTestedKey(connectionKey(input));
    test.mutate(input);
  });
  return (
    <form onSubmit={form.handleSubmit((input) => create.mutate(input))} noValidate className="grid max-w-3xl gap-4">
      {create.error === null ? null : (
        <Notice tone="danger" isAlert title={t("The host was not added")}>
          {errorView(create.error).message}
        </Notice>
      )}
      <Card title={t("Machine")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label={t("Name")}
            error={errors.name?.message}
            isRequired
            help={t("Host name or IP address, as SSH is given it. Port, user and key come from the SSH configuration.")}
          >
            {(control) => <Input {...control} {...form.register("name")} autoComplete="off" spellCheck={false} />}
          </Field>
          <Field label={t("libvirt URI")} error={errors.libvirtUri?.message} help={t("Empty: qemu:///system.")}>
            {(control) => (
              <Input
                {...control}
                {...form.register("libvirtUri", { setValueAs: textOrNull })}
                spellCheck={false}
                className="font-mono"
              />
            )}
          </Field>
          <Field
            label={t("Emulator CPUs")}
            error={errors.emulatorCpus?.message}
            help={t("CPUs for the emulator's own threads, for example 0-1. Empty: any.")}
          >
            {(control) => <Input {...control} {...form.register("emulatorCpus", { setValueAs: textOrNull })} />}
          </Field>
          <Field
            label={t("Seconds to shut down")}
            error={errors.shutdownSeconds?.message}
            help={t("How long a guest may take before a shut-down counts as failed.")}
          >
            {(control) => (
              <Input
                {...control}
                {...form.register("shutdownSeconds", { valueAsNumber: true })}
                type="number"
                min={1}
                max={3600}
              />
            )}
          </Field>
        </div>
      </Card>
      <Card title={t("Connection test")}>
        <HostTestReport
          result={isCurrent ? test.data : undefined}
          error={isCurrent ? test.error : null}
          isRunning={test.isPending}
          isOutdated={!isCurrent && testedKey !== null}
        />
        <Button className="mt-3" isBusy={test.isPending} disabledReason={adminReason} onClick={() => void runTest()}>
          {t("Test connection")}
        </Button>
        <Checkbox
          className="mt-4"
          label={t("Save without a passed test")}
          help={t("For a machine that is not up yet.")}
          checked={isOverridden}
          onCheckedChange={setIsOverridden}
        />
      </Card>
      <div className="flex flex-wrap justify-end gap-2">
        <ButtonLink href="/hosts">{t("Back to the list")}</ButtonLink>
        <Button type="submit" variant="primary" isBusy={create.isPending} disabledReason={adminReason ?? testReason}>
          {t("Add host")}
        </Button>
      </div>
    </form>
  );
}

/** What a connection test depends on. */
function connectionKey({ name, libvirtUri }: Partial<HostInput>): string {
  return JSON.stringify([name ?? "", libvirtUri ?? null]);
}
