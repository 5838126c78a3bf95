"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { CreateToken, MAX_TOKEN_DAYS } from "@/server/domain/access-token";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { CopyButton } from "../timeline/copy-button";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Select } from "../ui/select";

const KINDS = [
  {
    value: "api",
    get label() {
      return t("The HTTP API, /api/v1");
    },
  },
  {
    value: "login",
    get label() {
      return t("OpenNebula's clients: /RPC2 and the command line");
    },
  },
] as const;

const SCOPES = [
  {
    value: "read",
    get label() {
      return t("read: look at everything you may see");
    },
  },
  {
    value: "operate",
    get label() {
      return t("operate: also back up, restore, run jobs, start and stop VMs");
    },
  },
  {
    value: "admin",
    get label() {
      return t("admin: everything you may do");
    },
  },
] as const;

/** A new token of one's own; then its secret, once. */
export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const create = useMutation(
    trpc.token.create.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.token.pathFilter()),
    }),
  );
  const form = useForm({
    resolver: zodResolver(CreateToken),
    defaultValues: { kind: "api" as const, name: "", scope: "read" as const, days: 90, groupId: null },
  });
  const submit = form.handleSubmit((values) => create.mutate(values));
  const made = create.data;
  const close = <Button onClick={onClose}>{made === undefined ? t("Cancel") : t("Done")}</Button>;
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={made === undefined ? t("New token") : t("Your new token")}
      footer={
        made === undefined ? (
          <>
            {close}
            <Button variant="primary" isBusy={create.isPending} onClick={() => void submit()}>
              {t("Create token")}
            </Button>
          </>
        ) : (
          close
        )
      }
    >
      {made === undefined ? (
        <TokenForm form={form} onSubmit={submit} error={create.error === null ? null : errorMessage(create.error)} />
      ) : (
        <Secret secret={made.secret} kind={form.getValues("kind")} />
      )}
    </Dialog>
  );
}

type TokenFormState = ReturnType<typeof useForm<CreateToken, unknown, CreateToken>>;

function TokenForm(props: { form: unknown; onSubmit: () => Promise<void>; error: string | null }) {
  const trpc = useTRPC();
  const groups = useQuery(trpc.token.groups.queryOptions());
  const form = props.form as TokenFormState; // the resolver's input and output differ in defaults only
  const { errors } = form.formState;
  const isLogin = form.watch("kind") === "login";
  return (
    <form onSubmit={props.onSubmit} noValidate method="post" className="grid gap-4">
      <Field
        label={t("Name")}
        help={t("What uses it: nightly report, Terraform…")}
        error={errors.name?.message}
        isRequired
      >
        {(control) => <Input {...control} {...form.register("name")} autoComplete="off" />}
      </Field>
      <Field label={t("For")} error={errors.kind?.message}>
        {(control) => <Options control={control} field={form.register("kind")} choices={KINDS} />}
      </Field>
      {isLogin ? (
        <Notice tone="info">{t("It stands for your password: it may do everything you may.")}</Notice>
      ) : (
        <Field label={t("It may")} help={t("Never more than you may yourself.")} error={errors.scope?.message}>
          {(control) => <Options control={control} field={form.register("scope")} choices={SCOPES} />}
        </Field>
      )}
      <Field
        label={t("Valid for, in days")}
        help={t("1 to {maxTokenDays}. Then it ends by itself.", { maxTokenDays: MAX_TOKEN_DAYS })}
        error={errors.days?.message}
        isRequired
      >
        {(control) => <Input {...control} {...form.register("days", { valueAsNumber: true })} inputMode="numeric" />}
      </Field>
      <Field
        label={t("Rights of")}
        help={t("One group, so that it reaches what that group reaches.")}
        error={errors.groupId?.message}
      >
        {(control) => (
          <Select
            {...control}
            {...form.register("groupId", {
              setValueAs: (value) => (value === "" || value === null ? null : Number(value)),
            })}
          >
            <option value="">{t("all my groups")}</option>
            {(groups.data ?? []).map((group) => (
              <option key={group.id} value={group.id}>
                {group.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {props.error === null ? null : (
        <Notice tone="danger" isAlert>
          {props.error}
        </Notice>
      )}
      <button type="submit" hidden />
    </form>
  );
}

function Options(props: {
  control: object;
  field: object;
  choices: readonly { readonly value: string; readonly label: string }[];
}) {
  return (
    <Select {...props.control} {...props.field}>
      {props.choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Select>
  );
}

function Secret({ secret, kind }: { secret: string; kind: CreateToken["kind"] }) {
  return (
    <div className="grid gap-4">
      <Notice tone="warning" title={t("Copy it now")}>
        {t("It is shown this once. Strata keeps only a hash of it.")}
      </Notice>
      <div className="flex items-center gap-2">
        <code
          data-testid="token-secret"
          className="min-w-0 grow break-all rounded border border-line bg-raised p-2 text-sm"
        >
          {secret}
        </code>
        <CopyButton text={secret} label={t("Copy the token")} />
      </div>
      <p className="text-muted text-sm">
        {kind === "api"
          ? t("Send it with each call, as the header Authorization: Bearer and the token.")
          : t(
              "Put it after your user name and a colon, in the place of the password: in ~/.one/one_auth, or in the session string.",
            )}
      </p>
    </div>
  );
}
