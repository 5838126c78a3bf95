"use client";

import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type ChannelRow, SaveChannel } from "@/server/domain/notification";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Checkbox } from "../ui/checkbox";
import { Field, type FieldControl } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { useNotificationChange } from "./use-notification-change";

const EMPTY = {
  name: "",
  kind: "mail",
  host: "",
  port: "587",
  security: "starttls",
  user: "",
  from: "",
  to: "",
  url: "",
  secret: "",
  isEnabled: true,
};
type Values = typeof EMPTY;
type TextName = Exclude<keyof Values, "isEnabled">;

/** Add or change a channel. A stored secret is never shown: an empty field keeps it. */
export function ChannelDialog({ channel, onClose }: { channel: ChannelRow | null; onClose: () => void }) {
  const trpc = useTRPC();
  const changed = useNotificationChange();
  const [values, setValues] = useState(() => (channel === null ? EMPTY : valuesOf(channel)));
  const [errors, setErrors] = useState<Partial<Record<string, string>>>({});
  const save = useMutation(
    trpc.notification.saveChannel.mutationOptions({
      onSuccess: async (_made, { name }) => {
        onClose();
        await changed(t("Channel {name} saved", { name }));
      },
    }),
  );
  function submit() {
    const parsed = SaveChannel.safeParse(inputOf(values, channel));
    if (!parsed.success) {
      const issues = parsed.error.issues.toReversed(); // the first of a field is shown
      const fieldOf = (path: readonly PropertyKey[]) => String(path[0] === "config" ? (path[1] ?? "name") : path[0]);
      return setErrors(Object.fromEntries(issues.map((issue) => [fieldOf(issue.path), issue.message] as const)));
    }
    setErrors({});
    save.mutate(parsed.data);
  }
  const field = (name: TextName, label: string, draw: (control: FieldControl) => ReactNode, help?: string) => (
    <Field label={label} error={errors[name]} {...(help === undefined ? {} : { help })}>
      {draw}
    </Field>
  );
  const text = (name: TextName, label: string, help?: string) =>
    field(
      name,
      label,
      (control) => (
        <Input
          {...control}
          type={name === "secret" ? "password" : "text"}
          autoComplete={name === "secret" ? "new-password" : "off"}
          value={values[name]}
          onChange={(event) => setValues({ ...values, [name]: event.target.value })}
        />
      ),
      help,
    );
  const choice = (name: TextName, label: string, options: readonly (readonly [string, string])[]) =>
    field(name, label, (control) => (
      <Select
        {...control}
        value={values[name]}
        onChange={(event) => setValues({ ...values, [name]: event.target.value })}
      >
        {options.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </Select>
    ));
  const kept = channel?.hasSecret === true ? t(" Empty keeps the stored one.") : "";
  return (
    <FormDialog
      title={channel === null ? t("Add a channel") : t("Edit channel {name}", { name: channel.name })}
      submitLabel={t("Save channel")}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      {text("name", t("Name"))}
      {choice("kind", t("Kind"), [
        ["mail", t("Mail (SMTP)")],
        ["webhook", t("Webhook (JSON by HTTP POST)")],
      ])}
      {values.kind === "webhook" ? (
        <>
          {text("url", t("Address"), t("Begins with https:// or http://."))}
          {text("secret", t("Key of the signature"), t("Signs each message (X-Strata-Signature).{kept}", { kept }))}
        </>
      ) : (
        <>
          <div className="grid gap-4 sm:grid-cols-[1fr_7rem]">
            {text("host", t("Mail server"))}
            {text("port", t("Port"))}
          </div>
          {choice("security", t("Encryption"), [
            ["starttls", t("STARTTLS, required")],
            ["tls", t("TLS from the first byte")],
            ["none", t("None: only on a network that you trust")],
          ])}
          <div className="grid gap-4 sm:grid-cols-2">
            {text("user", t("User"), t("Empty: no sign-in."))}
            {text("secret", t("Password"), t("Stored sealed.{kept}", { kept }))}
          </div>
          {text("from", t("Sender"))}
          {text("to", t("Recipients"), t("Up to 20 addresses with commas between them."))}
        </>
      )}
      <Checkbox
        checked={values.isEnabled}
        onCheckedChange={(isEnabled) => setValues({ ...values, isEnabled })}
        label={t("Send")}
        help={t("Off, messages wait here and are sent when it is on again.")}
      />
    </FormDialog>
  );
}

function valuesOf({ name, isEnabled, config }: ChannelRow): Values {
  const common = { ...EMPTY, name, isEnabled, kind: config.kind as string };
  if (config.kind === "webhook") return { ...common, url: config.url };
  const { host, port, security, user, from, to } = config;
  return { ...common, host, port: String(port), security, user, from, to: to.join(", ") };
}

/** What the form says, to be judged by the schema. */
function inputOf(values: Values, channel: ChannelRow | null): unknown {
  const { name, isEnabled, kind, host, port, security, user, from, to, url, secret } = values;
  const addresses = to
    .split(/[,\s]+/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
  return {
    channelId: channel?.id ?? null,
    name,
    isEnabled,
    secret: secret === "" ? null : secret,
    config:
      kind === "webhook" ? { kind, url } : { kind, host, port: Number(port), security, user, from, to: addresses },
  };
}
