"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { toast } from "sonner";
import type { z } from "zod";
import { CreateRsyncDatastore } from "@/server/domain/datastore";
import { useAdminReason } from "../hooks/use-admin-reason";
import { errorView } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Checkbox } from "../ui/checkbox";
import { Notice } from "../ui/notice";
import { DatastoreFields } from "./datastore-fields";
import { TestReport } from "./test-report";

export type DatastoreInput = z.input<typeof CreateRsyncDatastore>;

const EMPTY: DatastoreInput = {
  name: "",
  driver: "rsync",
  host: "localhost",
  user: "oneadmin",
  port: 22,
  basePath: null,
  limitMb: null,
  rsyncArgs: null,
};

/** Create form of an rsync datastore. The connection is tested stage by stage before the first save, unless overridden. */
export function DatastoreForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const adminReason = useAdminReason("add datastores");
  const form = useForm<DatastoreInput, unknown, CreateRsyncDatastore>({
    resolver: zodResolver(CreateRsyncDatastore),
    defaultValues: EMPTY,
  });
  const [isOverridden, setIsOverridden] = useState(false);
  const [testedKey, setTestedKey] = useState<string | null>(null);
  const key = connectionKey(useWatch({ control: form.control }));

  const test = useMutation(trpc.datastore.testRsync.mutationOptions());
  const create = useMutation(
    trpc.datastore.createRsync.mutationOptions({
      onSuccess: async ({ datastoreId }, input) => {
        toast.success(`Datastore ${input.name} added`);
        await queryClient.invalidateQueries(trpc.datastore.pathFilter());
        router.push(`/datastores/${datastoreId}`);
      },
      onError: (error) => {
        for (const field of errorView(error).fields) {
          const name = Object.keys(EMPTY).find((item): item is keyof DatastoreInput => item === field.path);
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
  const testReason =
    isOverridden || (isCurrent && test.data?.isOk === true)
      ? null
      : "Test the connection first, or choose to save without a passed test.";

  return (
    <FormProvider {...form}>
      <form onSubmit={save} noValidate className="grid max-w-3xl gap-4">
        {create.error === null ? null : (
          <Notice tone="danger" isAlert title="The datastore was not added">
            {errorView(create.error).message}
          </Notice>
        )}
        <DatastoreFields />
        <Card title="Connection test">
          <TestReport
            result={isCurrent ? test.data : undefined}
            error={isCurrent ? test.error : null}
            isRunning={test.isPending}
            isOutdated={!isCurrent && testedKey !== null}
          />
          <Button className="mt-3" isBusy={test.isPending} disabledReason={adminReason} onClick={() => void runTest()}>
            Test connection
          </Button>
          <Checkbox
            className="mt-4"
            label="Save without a passed test"
            help="For a server that is not up yet. Backups to it fail until it is."
            checked={isOverridden}
            onCheckedChange={setIsOverridden}
          />
        </Card>
        <div className="flex flex-wrap justify-end gap-2">
          <ButtonLink href="/datastores">Back to the list</ButtonLink>
          <Button type="submit" variant="primary" isBusy={create.isPending} disabledReason={adminReason ?? testReason}>
            Add datastore
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}

/** What a connection test depends on: all but the name. */
function connectionKey({ name: _name, ...rest }: Partial<DatastoreInput>): string {
  return JSON.stringify(Object.entries({ ...EMPTY, ...rest, name: "" }).sort(([a], [b]) => a.localeCompare(b)));
}
