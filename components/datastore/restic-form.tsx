"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { CreateResticDatastore } from "@/server/domain/datastore";
import { t } from "../i18n/t";
import { errorView } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { DatastoreFormFrame } from "./datastore-form-frame";
import { PlaceFields } from "./place-fields";
import { ResticFields } from "./restic-fields";

export type ResticInput = z.input<typeof CreateResticDatastore>;

const EMPTY: ResticInput = {
  name: "",
  driver: "restic",
  host: "localhost",
  user: "oneadmin",
  port: 22,
  basePath: null,
  password: "",
  limitMb: null,
  compression: "auto",
  connections: null,
  bandwidth: null,
  processors: null,
  tmpDir: null,
  pruneMaxUnused: null,
  pruneMaxRepack: null,
  nice: null,
  ionice: null,
  maxReadIops: null,
  maxWriteIops: null,
  cpuQuota: null,
  memoryMaxMb: null,
};

/** Create form of a restic datastore. */
export function ResticForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useForm<ResticInput, unknown, CreateResticDatastore>({
    resolver: zodResolver(CreateResticDatastore),
    defaultValues: EMPTY,
  });
  const [testedKey, setTestedKey] = useState<string | null>(null);
  const key = connectionKey(useWatch({ control: form.control }));

  const test = useMutation(trpc.datastore.testRestic.mutationOptions());
  const create = useMutation(
    trpc.datastore.createRestic.mutationOptions({
      onSuccess: async ({ datastoreId }, input) => {
        toast.success(t("Datastore {name} added", { name: input.name }));
        await queryClient.invalidateQueries(trpc.datastore.pathFilter());
        router.push(`/datastores/${datastoreId}`);
      },
      onError: (error) => {
        for (const field of errorView(error).fields) {
          const name = Object.keys(EMPTY).find((item): item is keyof ResticInput => item === field.path);
          if (name !== undefined) form.setError(name, { message: field.message });
        }
      },
    }),
  );
  const runTest = form.handleSubmit((input) => {
    setTestedKey(connectionKey(input));
    test.mutate(input);
  });
  const save = form.handleSubmit((input) => create.mutate(input));
  const isCurrent = testedKey === key;

  return (
    <FormProvider {...form}>
      <DatastoreFormFrame
        driver="restic"
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
        <PlaceFields />
        <ResticFields />
      </DatastoreFormFrame>
    </FormProvider>
  );
}

/** What a connection test depends on: all but the name. */
function connectionKey({ name: _name, ...rest }: Partial<ResticInput>): string {
  return JSON.stringify(Object.entries({ ...EMPTY, ...rest, name: "" }).sort(([a], [b]) => a.localeCompare(b)));
}
