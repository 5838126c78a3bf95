"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { CreateRsyncDatastore } from "@/server/domain/datastore";
import { t } from "../i18n/t";
import { errorView } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { DatastoreFormFrame } from "./datastore-form-frame";
import { PlaceFields } from "./place-fields";
import { RsyncFields } from "./rsync-fields";

export type RsyncInput = z.input<typeof CreateRsyncDatastore>;

const EMPTY: RsyncInput = {
  name: "",
  driver: "rsync",
  host: "localhost",
  user: "oneadmin",
  port: 22,
  basePath: null,
  limitMb: null,
  rsyncArgs: null,
};

/** Create form of an rsync datastore. */
export function RsyncForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useForm<RsyncInput, unknown, CreateRsyncDatastore>({
    resolver: zodResolver(CreateRsyncDatastore),
    defaultValues: EMPTY,
  });
  const [testedKey, setTestedKey] = useState<string | null>(null);
  const key = connectionKey(useWatch({ control: form.control }));

  const test = useMutation(trpc.datastore.testRsync.mutationOptions());
  const create = useMutation(
    trpc.datastore.createRsync.mutationOptions({
      onSuccess: async ({ datastoreId }, input) => {
        toast.success(t("Datastore {name} added", { name: input.name }));
        await queryClient.invalidateQueries(trpc.datastore.pathFilter());
        router.push(`/datastores/${datastoreId}`);
      },
      onError: (error) => {
        for (const field of errorView(error).fields) {
          const name = Object.keys(EMPTY).find((item): item is keyof RsyncInput => item === field.path);
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
        driver="rsync"
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
        <RsyncFields />
      </DatastoreFormFrame>
    </FormProvider>
  );
}

/** What a connection test depends on: all but the name. */
function connectionKey({ name: _name, ...rest }: Partial<RsyncInput>): string {
  return JSON.stringify(Object.entries({ ...EMPTY, ...rest, name: "" }).sort(([a], [b]) => a.localeCompare(b)));
}
