"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { errorMessage, errorView } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { RegisterVmRequest } from "@/server/domain/vm";
import { RegisterDisks } from "./register-disks";
import { RegisterPlace } from "./register-place";

export type RegisterValues = z.input<typeof RegisterVmRequest>;

const EMPTY: RegisterValues = {
  name: "",
  cpu: 1,
  memoryMb: 1024,
  disks: [{ path: "", format: "qcow2", isVolatile: false }],
};

/** Makes a powered-off VM of disk files that are on a host already; the files stay where they are. */
export function RegisterForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const hosts = useQuery(trpc.host.list.queryOptions());
  const systems = useQuery(trpc.datastore.list.queryOptions({ type: "SYSTEM" }));
  const form = useForm<RegisterValues, unknown, RegisterVmRequest>({
    resolver: zodResolver(RegisterVmRequest),
    defaultValues: EMPTY,
  });
  const register = useMutation(
    trpc.vm.register.mutationOptions({ onSuccess: ({ vmId }) => router.push(`/vms/${vmId}`) }),
  );
  const { errors } = form.formState;
  const readError = hosts.error ?? systems.error;

  return (
    <form
      className="max-w-3xl space-y-4"
      noValidate
      onSubmit={(event) => void form.handleSubmit((input) => register.mutate(input))(event)}
    >
      {readError !== null && (
        <ErrorState
          error={readError}
          what={t("the hosts and datastores")}
          onRetry={() => {
            void hosts.refetch();
            void systems.refetch();
          }}
        />
      )}
      <Card title={t("Machine")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("Name")} error={errors.name?.message} isRequired className="sm:col-span-2">
            {(control) => <Input {...control} {...form.register("name")} autoComplete="off" maxLength={128} />}
          </Field>
          <RegisterPlace form={form} hosts={hosts.data} systems={systems.data} />
          <Field label="CPU" help={t("Share of processors, for example 0.5 or 2.")} error={errors.cpu?.message}>
            {(control) => (
              <Input
                {...control}
                {...form.register("cpu", { valueAsNumber: true })}
                type="number"
                step="0.1"
                min={0.1}
                inputMode="decimal"
              />
            )}
          </Field>
          <Field label={t("Memory, MiB")} error={errors.memoryMb?.message}>
            {(control) => (
              <Input
                {...control}
                {...form.register("memoryMb", { valueAsNumber: true })}
                type="number"
                min={1}
                inputMode="numeric"
              />
            )}
          </Field>
        </div>
      </Card>
      <RegisterDisks form={form} />
      {register.isError && (
        <Notice tone="danger" isAlert title={t("The VM was not registered")}>
          {errorMessage(register.error)}
          <ul>
            {errorView(register.error).fields.map((field) => (
              <li key={field.path}>
                {field.path}: {field.message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" isBusy={register.isPending || register.isSuccess}>
          {t("Register VM")}
        </Button>
        <ButtonLink href="/vms">{t("Back to the list")}</ButtonLink>
      </div>
    </form>
  );
}
