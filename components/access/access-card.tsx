"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import type { AccessView, OwnedKind } from "@/server/domain/user";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { LockRow } from "./lock-row";
import { OwnerDialog } from "./owner-dialog";
import { PermissionMatrix } from "./permission-matrix";
import { RenameDialog } from "./rename-dialog";

/** Who owns an object, and what its owner, its group and all others may do with it. */
export function AccessCard({ kind, id, name }: { kind: OwnedKind; id: number; name: string }) {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.access.get.queryOptions({ kind, id }));
  return (
    <Card title={t("Access")}>
      {error === null ? null : (
        <ErrorState error={error} what={t("the rights of {name}", { name })} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null ? <Skeleton className="h-44" /> : null}
      {data === undefined ? null : <AccessForm key={data.permissions} access={data} object={{ kind, id, name }} />}
    </Card>
  );
}

interface ObjectOfAccess {
  kind: OwnedKind;
  id: number;
  name: string;
}

function AccessForm({ access, object }: { access: AccessView; object: ObjectOfAccess }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [bits, setBits] = useState(access.permissions);
  const [dialog, setDialog] = useState<"owner" | "name" | null>(null);
  const { kind, id } = object;
  const save = useMutation(
    trpc.access.changePermissions.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Rights of {name} saved", { name: object.name }));
        await queryClient.invalidateQueries(trpc.access.pathFilter());
      },
    }),
  );
  const reason = access.may.manage ? null : t("You need the MANAGE right. Its owner or an administrator can grant it.");
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-6 gap-y-2">
        <dl className="flex flex-wrap gap-x-6 gap-y-1">
          <div>
            <dt className="text-sm text-muted">{t("Owner")}</dt>
            <dd>{access.ownerName}</dd>
          </div>
          <div>
            <dt className="text-sm text-muted">{t("Group")}</dt>
            <dd>{access.groupName}</dd>
          </div>
        </dl>
        <Button size="sm" disabledReason={reason} onClick={() => setDialog("owner")}>
          {t("Change owner or group")}
        </Button>
        {kind === "job" ? null : (
          <Button size="sm" disabledReason={reason} onClick={() => setDialog("name")}>
            {t("Rename")}
          </Button>
        )}
      </div>
      {kind === "vm" || kind === "image" || kind === "template" ? (
        <LockRow kind={kind} id={id} name={object.name} lock={access.lock} manageReason={reason} />
      ) : null}
      <PermissionMatrix
        name={object.name}
        bits={bits}
        onChange={setBits}
        reason={reason}
        adminReason={access.may.admin ? null : t("Only somebody with the ADMIN right changes this one.")}
      />
      {save.error === null ? null : (
        <Notice tone="danger" isAlert className="mt-3">
          {errorMessage(save.error)}
        </Notice>
      )}
      <div className="mt-4 flex flex-wrap items-center gap-3">
        <Button
          variant="primary"
          isBusy={save.isPending}
          disabledReason={reason ?? (bits === access.permissions ? t("Nothing was changed.") : null)}
          onClick={() => save.mutate({ kind: object.kind, id: object.id, permissions: bits })}
        >
          {t("Save rights")}
        </Button>
        <span className="font-mono text-sm text-muted">{bits.toString(8).padStart(3, "0")}</span>
      </div>
      {dialog === "owner" ? <OwnerDialog access={access} object={object} onClose={() => setDialog(null)} /> : null}
      {dialog === "name" && kind !== "job" ? (
        <RenameDialog object={{ kind, id, name: access.name }} onClose={() => setDialog(null)} />
      ) : null}
    </>
  );
}
