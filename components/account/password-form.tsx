"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery } from "@tanstack/react-query";
import { signOut } from "next-auth/react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { NewPassword } from "@/server/domain/user";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";

const PasswordChange = z
  .object({
    oldPassword: z.string().min(1, { error: () => t("Give your present password") }),
    newPassword: NewPassword,
    repeated: z.string(),
  })
  .refine((values) => values.newPassword === values.repeated, {
    path: ["repeated"],
    error: () => t("This is not the same as the new password"),
  });

const FIELDS = [
  {
    name: "oldPassword",
    get label() {
      return t("Present password");
    },
    help: undefined,
    autoComplete: "current-password",
  },
  {
    name: "newPassword",
    get label() {
      return t("New password");
    },
    get help() {
      return t("At least 10 characters.");
    },
    autoComplete: "new-password",
  },
  {
    name: "repeated",
    get label() {
      return t("New password again");
    },
    help: undefined,
    autoComplete: "new-password",
  },
] as const;

/** Change one's own password. Every session of the old one ends, this one included, so a new sign-in follows. */
export function PasswordForm() {
  const trpc = useTRPC();
  const { data: system } = useQuery(trpc.system.view.queryOptions());
  const form = useForm({
    resolver: zodResolver(PasswordChange),
    defaultValues: { oldPassword: "", newPassword: "", repeated: "" },
  });
  const change = useMutation(
    trpc.user.changePassword.mutationOptions({ onSuccess: () => signOut({ callbackUrl: "/login" }) }),
  );
  const submit = form.handleSubmit(({ oldPassword, newPassword }) => {
    if (system !== undefined) change.mutate({ userId: system.user.id, oldPassword, newPassword });
  });

  return (
    <Card title={t("Password")} className="max-w-xl">
      <form onSubmit={submit} noValidate method="post" className="space-y-4">
        {change.isError && (
          <Notice tone="danger" isAlert title={t("The password was not changed")}>
            {errorMessage(change.error)}
          </Notice>
        )}
        {FIELDS.map(({ name, label, help, autoComplete }) => (
          <Field key={name} label={label} help={help} error={form.formState.errors[name]?.message} isRequired>
            {(control) => <Input {...control} {...form.register(name)} type="password" autoComplete={autoComplete} />}
          </Field>
        ))}
        <p className="text-sm text-muted">{t("You are signed out everywhere and sign in with the new password.")}</p>
        <Button type="submit" variant="primary" isBusy={change.isPending || change.isSuccess || system === undefined}>
          {t("Change password")}
        </Button>
      </form>
    </Card>
  );
}
