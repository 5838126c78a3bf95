"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { CreateUser, USERS_GROUP } from "@/server/domain/user";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { useAdminChange } from "./use-admin-change";

/** A user with a first password and a primary group. */
export function CreateUserDialog({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const groups = useQuery(trpc.user.groups.queryOptions());
  const done = useAdminChange(onClose);
  const form = useForm({
    resolver: zodResolver(CreateUser),
    defaultValues: { name: "", password: "", groupId: USERS_GROUP },
  });
  const create = useMutation(
    trpc.user.create.mutationOptions({ onSuccess: (_made, { name }) => done(t("User {name} added", { name })) }),
  );
  const submit = form.handleSubmit((values) => create.mutate(values));
  const { errors } = form.formState;
  return (
    <FormDialog
      title={t("Add a user")}
      submitLabel={t("Add user")}
      isBusy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={t("User name")} help={t("Letters, digits and . _ @ -")} error={errors.name?.message} isRequired>
        {(control) => <Input {...control} {...form.register("name")} autoComplete="off" />}
      </Field>
      <Field
        label={t("First password")}
        help={t("At least 10 characters. Hand it over in a safe way; the user changes it in the account menu.")}
        error={errors.password?.message}
        isRequired
      >
        {(control) => <Input {...control} {...form.register("password")} type="password" autoComplete="new-password" />}
      </Field>
      <Field
        label={t("Primary group")}
        help={t(
          "New objects of the user belong to it. Members of oneadmin are administrators: they may do everything.",
        )}
        error={errors.groupId?.message}
      >
        {(control) => (
          <Select {...control} {...form.register("groupId", { valueAsNumber: true })}>
            {(groups.data ?? [{ id: USERS_GROUP, name: "users" }]).map((group) => (
              <option key={group.id} value={group.id}>
                {group.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}
