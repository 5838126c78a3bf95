"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { DatabaseBackup } from "lucide-react";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { ReadInPlan } from "./read-in-plan";

/** Backups that lie in the repository and are in no catalogue: looked for on request, read in after a review. */
export function ReadInCard({ datastore }: { datastore: DatastoreDetail }) {
  const trpc = useTRPC();
  const checks = useQuery(trpc.verification.ofDatastore.queryOptions({ datastoreId: datastore.id }));
  const look = useMutation(trpc.datastore.planCatalogue.mutationOptions());
  const adminReason = useAdminReason(t("read backups back into the catalogue"));
  return (
    <Card
      title={t("Backups the catalogue does not know")}
      data-testid="read-in"
      actions={
        <Button
          isBusy={look.isPending}
          disabledReason={adminReason ?? checks.data?.readInReason ?? null}
          onClick={() => look.mutate({ datastoreId: datastore.id })}
        >
          {look.isPending ? null : <DatabaseBackup aria-hidden />}
          {t("Look for backups")}
        </Button>
      }
    >
      {look.error === null ? null : <p className="mb-2 text-danger">{errorMessage(look.error)}</p>}
      {look.data === undefined ? (
        <p className="text-muted">
          {look.isPending
            ? t("Reading what lies in the repository. This takes some seconds, and longer with many VMs.")
            : t(
                "After the database was lost or replaced by an older copy, the repository still has its backups. Look what is there, choose, and read it back in. Looking changes nothing.",
              )}
        </p>
      ) : (
        <ReadInPlan key={look.data.at} plan={look.data} />
      )}
    </Card>
  );
}
