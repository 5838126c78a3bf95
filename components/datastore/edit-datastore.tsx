"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { FormProvider, useForm } from "react-hook-form";
import { toast } from "sonner";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { DatastoreSettings, isMoved, settingsOf } from "@/server/domain/datastore-update";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { errorView } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { EditFields } from "./edit-fields";

/** The page that changes a backup datastore. */
export function EditDatastore({ datastoreId }: { datastoreId: number }) {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.datastore.get.queryOptions({ datastoreId }));
  if (data === undefined) {
    return (
      <>
        <PageHeader title={t("Edit datastore {datastoreId}", { datastoreId })} />
        {error === null ? (
          <Skeleton className="h-64 w-full rounded-card" />
        ) : (
          <ErrorState
            error={error}
            what={t("datastore {datastoreId}", { datastoreId })}
            onRetry={() => void refetch()}
          />
        )}
      </>
    );
  }
  const settings = settingsOf(data);
  return (
    <>
      <PageHeader title={t("Edit {name}", { name: data.name })} />
      {settings === null ? (
        <Notice tone="warning">{t("This kind of datastore cannot be edited.")}</Notice>
      ) : (
        <EditForm datastore={data} settings={settings} />
      )}
    </>
  );
}

function EditForm({ datastore, settings }: { datastore: DatastoreDetail; settings: DatastoreSettings }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const form = useForm<DatastoreSettings>({ resolver: zodResolver(DatastoreSettings), defaultValues: settings });
  const update = useMutation(
    trpc.datastore.update.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Datastore saved"));
        await queryClient.invalidateQueries(trpc.datastore.pathFilter());
        router.push(`/datastores/${datastore.id}`);
      },
    }),
  );
  const hasMoved = isMoved(settings, { ...settings, ...form.watch() });
  const save = form.handleSubmit((values) => update.mutate({ ...values, datastoreId: datastore.id }));
  return (
    <FormProvider {...form}>
      <form onSubmit={(event) => void save(event)} noValidate className="grid gap-4">
        {update.error === null ? null : (
          <Notice tone="danger" isAlert title={t("The datastore was not changed")}>
            {errorView(update.error).message}
          </Notice>
        )}
        <EditFields driver={datastore.driver} />
        {hasMoved && (
          <Notice tone="info" title={t("Another place")}>
            {t(
              "The connection is tested before anything is saved.{anyChainCount, select, yes { The repository with the backups must be there already: Strata moves no files.} other {}}",
              { anyChainCount: datastore.chainCount > 0 ? "yes" : "no" },
            )}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <ButtonLink href={`/datastores/${datastore.id}`}>{t("Back")}</ButtonLink>
          <Button
            type="submit"
            variant="primary"
            isBusy={update.isPending}
            disabledReason={datastore.may.manage ? null : t("You need the MANAGE right on this datastore.")}
          >
            {hasMoved ? t("Test and save") : t("Save")}
          </Button>
        </div>
      </form>
    </FormProvider>
  );
}
