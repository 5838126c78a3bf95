"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import type { OwnedKind } from "@/server/domain/user";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";

const FORM = "rename-object";

/** Another name for an object. Nothing refers to it by name, so nothing else changes. */
export function RenameDialog({
  object,
  onClose,
}: {
  object: { kind: Exclude<OwnedKind, "job">; id: number; name: string };
  onClose: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [name, setName] = useState(object.name);
  const rename = useMutation(
    trpc.access.rename.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Renamed to {name}", { name }));
        onClose();
        await queryClient.invalidateQueries();
      },
    }),
  );
  const reason = name.trim() === "" ? t("A name is needed.") : name === object.name ? t("Nothing was changed.") : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null) rename.mutate({ kind: object.kind, id: object.id, name });
  };
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("Rename {name}", { name: object.name })}
      footer={
        <>
          <Button onClick={onClose}>{t("Close")}</Button>
          <Button variant="primary" type="submit" form={FORM} isBusy={rename.isPending} disabledReason={reason}>
            {t("Rename")}
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit}>
        <Field
          label={t("Name")}
          help={t("Points, schedules and jobs keep belonging to it.")}
          error={rename.error === null ? undefined : errorMessage(rename.error)}
        >
          {(control) => <Input {...control} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </form>
    </Dialog>
  );
}
