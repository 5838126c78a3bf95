"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { CreateCephDatastore } from "@/server/domain/ceph";
import { t } from "../i18n/t";
import { errorView } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { CephFields } from "./ceph-fields";
import { DatastoreFormFrame } from "./datastore-form-frame";

export type CephInput = z.input<typeof CreateCephDatastore>;

const EMPTY: CephInput = {
  name: "",
  type: "SYSTEM",
  pool: "",
  user: null,
  confPath: null,
  monitors: null,
  secretUuid: null,
  dataPool: null,
  bridgeList: null,
};

/** Create form of a datastore in Ceph. */
export function CephForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useForm<CephInput, unknown, CreateCephDatastore>({
    resolver: zodResolver(CreateCephDatastore),
    defaultValues: EMPTY,
  });
  const [testedKey, setTestedKey] = useState<string | null>(null);
  const key = connectionKey(useWatch({ control: form.control }));

  const test = useMutation(trpc.datastore.testCeph.mutationOptions());
  const create = useMutation(
    trpc.datastore.createCeph.mutationOptions({
      onSuccess: async ({ datastoreId }, input) => {
        toast.success(t("Datastore {name} added", { name: input.name }));
        await queryClient.invalidateQueries(trpc.datastore.pathFilter());
        router.push(`/datastores/${datastoreId}`);
      },
      onError: (error) => {
        for (const field of errorView(error).fields) {
          const name = Object.keys(EMPTY).find((item): item is keyof CephInput => item === field.path);
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
        driver="ceph"
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
        <CephFields />
      </DatastoreFormFrame>
    </FormProvider>
  );
}

/** What a connection test depends on: neither the name nor what the pool is for. */
function connectionKey({ name: _name, type: _type, ...rest }: Partial<CephInput>): string {
  return JSON.stringify(
    Object.entries({ ...EMPTY, ...rest, name: "", type: "" }).sort(([a], [b]) => a.localeCompare(b)),
  );
}
