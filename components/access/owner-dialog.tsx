"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import type { AccessView, OwnedKind } from "@/server/domain/user";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Notice } from "../ui/notice";
import { Select } from "../ui/select";

/** A new owner and a new group of an object. */
export function OwnerDialog({
  access,
  object,
  onClose,
}: {
  access: AccessView;
  object: { kind: OwnedKind; id: number; name: string };
  onClose: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const choices = useQuery(trpc.access.owners.queryOptions());
  const [userId, setUserId] = useState(access.ownerId);
  const [groupId, setGroupId] = useState(access.groupId);
  const adminReason = useAdminReason(t("give objects to others"));
  const change = useMutation(
    trpc.access.changeOwner.mutationOptions({
      onSuccess: async () => {
        toast.success(t("{name} has a new owner or group", { name: object.name }));
        onClose();
        await queryClient.invalidateQueries();
      },
    }),
  );
  const isSame = userId === access.ownerId && groupId === access.groupId;
  const withPresent = (all: readonly { id: number; name: string }[] | undefined, id: number, name: string) =>
    all === undefined || all.some((each) => each.id === id) ? (all ?? [{ id, name }]) : [{ id, name }, ...all];
  const options = (all: readonly { id: number; name: string }[]) =>
    all.map((each) => (
      <option key={each.id} value={each.id}>
        {each.name}
      </option>
    ));
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("Owner and group of {name}", { name: object.name })}
      description={
        adminReason === null
          ? undefined
          : t("{adminReason} You can take it yourself, or choose among your groups.", { adminReason })
      }
      footer={
        <>
          <Button onClick={onClose}>{t("Close")}</Button>
          <Button
            variant="primary"
            isBusy={change.isPending}
            disabledReason={isSame ? t("Nothing was changed.") : null}
            onClick={() =>
              change.mutate({
                kind: object.kind,
                id: object.id,
                userId: userId === access.ownerId ? null : userId,
                groupId: groupId === access.groupId ? null : groupId,
              })
            }
          >
            {t("Change owner")}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <Field label={t("Owner")}>
          {(control) => (
            <Select {...control} value={userId} onChange={(event) => setUserId(Number(event.target.value))}>
              {options(withPresent(choices.data?.users, access.ownerId, access.ownerName))}
            </Select>
          )}
        </Field>
        <Field
          label={t("Group")}
          help={
            object.kind === "image"
              ? t("What it stores is charged to the quotas of the new owner and group.")
              : undefined
          }
        >
          {(control) => (
            <Select {...control} value={groupId} onChange={(event) => setGroupId(Number(event.target.value))}>
              {options(withPresent(choices.data?.groups, access.groupId, access.groupName))}
            </Select>
          )}
        </Field>
        {change.error === null ? null : (
          <Notice tone="danger" isAlert>
            {errorMessage(change.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
