"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { NewPassword, type UserRow } from "@/server/domain/user";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";
import { useAdminChange } from "./use-admin-change";

const Values = z.object({ newPassword: NewPassword });

/** A new password for another user, who has forgotten theirs. One's own is changed with the old one in the account menu. */
export function SetPasswordDialog({ user, onClose }: { user: UserRow; onClose: () => void }) {
  const trpc = useTRPC();
  const done = useAdminChange(onClose);
  const form = useForm({ resolver: zodResolver(Values), defaultValues: { newPassword: "" } });
  const change = useMutation(
    trpc.user.changePassword.mutationOptions({
      onSuccess: () => done(t("Password of {name} set", { name: user.name })),
    }),
  );
  return (
    <FormDialog
      title={t("Set the password of {name}", { name: user.name })}
      description={t("All sessions of this user end.")}
      submitLabel={t("Set password")}
      isBusy={change.isPending}
      error={change.error}
      onSubmit={form.handleSubmit(({ newPassword }) =>
        change.mutate({ userId: user.id, oldPassword: "", newPassword }),
      )}
      onClose={onClose}
    >
      <Field
        label={t("New password")}
        help={t("At least 10 characters.")}
        error={form.formState.errors.newPassword?.message}
        isRequired
      >
        {(control) => (
          <Input {...control} {...form.register("newPassword")} type="password" autoComplete="new-password" />
        )}
      </Field>
    </FormDialog>
  );
}
