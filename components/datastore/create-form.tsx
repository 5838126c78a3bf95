"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { type DefaultValues, type FieldValues, FormProvider, type Path, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import type { DatastoreTestResult, TestedDriver } from "@/server/domain/datastore";
import { t } from "../i18n/t";
import { errorView } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { DatastoreFormFrame } from "./datastore-form-frame";
import { type FieldGroup, SpecFields } from "./spec-fields";

/** What makes the create form of one driver. */
export interface CreateSpec<Values extends FieldValues, Output extends { name: string }> {
  driver: TestedDriver;
  schema: z.ZodType<Output, Values>;
  empty: Values;
  /** Fields that the connection test does not depend on. */
  untested: readonly (keyof Values & string)[];
  groups: readonly FieldGroup<Values>[];
  /** Fields of `lead`, for what the server says about them. */
  leadNames: readonly Path<Values>[];
}

export interface CreateFormProps<Values extends FieldValues, Output extends { name: string }> {
  spec: CreateSpec<Values, Output>;
  test: (input: Output) => Promise<DatastoreTestResult>;
  create: (input: Output) => Promise<{ datastoreId: number }>;
  /** Fields that no description covers, before the others. */
  lead: ReactNode;
}

/** The create form of a datastore, whatever its driver: the fields of its description, tested before they are saved. */
export function CreateForm<Values extends FieldValues, Output extends FieldValues & { name: string }>(
  props: CreateFormProps<Values, Output>,
) {
  const { spec } = props;
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useForm<Values, unknown, Output>({
    resolver: zodResolver(spec.schema),
    defaultValues: spec.empty as DefaultValues<Values>, // every field is there
  });
  const [testedKey, setTestedKey] = useState<string | null>(null);
  const key = connectionKey(spec, useWatch({ control: form.control }));
  const test = useMutation({ mutationFn: props.test });
  const create = useMutation({
    mutationFn: props.create,
    onSuccess: async ({ datastoreId }, input) => {
      toast.success(t("Datastore {name} added", { name: input.name }));
      await queryClient.invalidateQueries(trpc.datastore.pathFilter());
      router.push(`/datastores/${datastoreId}`);
    },
    onError: (error) => {
      const names = [...spec.leadNames, ...spec.groups.flatMap((group) => group.fields.map((field) => field.name))];
      for (const field of errorView(error).fields) {
        const name = names.find((each) => each === field.path);
        if (name !== undefined) form.setError(name, { message: field.message });
      }
    },
  });
  const runTest = form.handleSubmit((input) => {
    setTestedKey(connectionKey(spec, form.getValues()));
    test.mutate(input);
  });
  const save = form.handleSubmit((input) => create.mutate(input));
  const isCurrent = testedKey === key;
  return (
    <FormProvider {...form}>
      <DatastoreFormFrame
        driver={spec.driver}
        onSave={save}
        saveError={create.error}
        isSaving={create.isPending}
        onTest={() => void runTest()}
        test={{
          result: isCurrent ? test.data : undefined,
          error: isCurrent ? test.error : null,
          isRunning: test.isPending,
          isOutdated: !isCurrent && testedKey !== null,
        }}
      >
        {props.lead}
        <SpecFields groups={spec.groups} />
      </DatastoreFormFrame>
    </FormProvider>
  );
}

/** What a connection test depends on. */
function connectionKey<Values extends FieldValues, Output extends { name: string }>(
  { empty, untested }: CreateSpec<Values, Output>,
  values: object,
): string {
  const entries: [string, unknown][] = Object.entries({ ...empty, ...values });
  return JSON.stringify(entries.filter(([name]) => !untested.includes(name)).sort(([a], [b]) => a.localeCompare(b)));
}
