"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type QuotaRow, SetQuota } from "@/server/domain/quota";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { useAdminChange } from "./use-admin-change";

/** Whose quota the dialog sets: that of a row, or of anybody. */
export interface QuotaSubject {
  quota?: QuotaRow;
}

const NO_LIMIT = -1;

function limitText(limit: number | undefined): string {
  return limit === undefined || limit === NO_LIMIT ? "" : String(limit);
}

function limitOf(text: string): number {
  return text.trim() === "" ? NO_LIMIT : Number(text);
}

/** Limits of a user or a group on a datastore. */
export function QuotaDialog({ subject: { quota }, onClose }: { subject: QuotaSubject; onClose: () => void }) {
  const trpc = useTRPC();
  const owners = useQuery({ ...trpc.access.owners.queryOptions(), enabled: quota === undefined });
  const datastores = useQuery({ ...trpc.datastore.list.queryOptions({}), enabled: quota === undefined });
  const [who, setWho] = useState(quota === undefined ? "" : `${quota.subject}:${quota.subjectId}`);
  const [datastore, setDatastore] = useState(quota === undefined ? "" : String(quota.datastoreId));
  const [size, setSize] = useState(limitText(quota?.sizeLimitMb));
  const [images, setImages] = useState(limitText(quota?.imagesLimit));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const done = useAdminChange(onClose);
  const save = useMutation(trpc.access.setQuota.mutationOptions({ onSuccess: () => done(t("Quota saved")) }));

  function submit() {
    const [subject, subjectId] = who.split(":");
    const parsed = SetQuota.safeParse({
      subject,
      subjectId: subjectId === undefined ? undefined : Number(subjectId),
      datastoreId: datastore === "" ? undefined : Number(datastore),
      sizeLimitMb: limitOf(size),
      imagesLimit: limitOf(images),
    });
    const missing = {
      ...(who === "" ? { subject: t("Choose a user or a group.") } : {}),
      ...(datastore === "" ? { datastoreId: t("Choose a datastore.") } : {}),
    };
    const issues = parsed.success ? [] : parsed.error.issues;
    setErrors({ ...Object.fromEntries(issues.map((issue) => [String(issue.path[0]), issue.message])), ...missing });
    if (parsed.success) save.mutate(parsed.data);
  }

  return (
    <FormDialog
      title={
        quota === undefined
          ? t("Set a quota")
          : t("Quota of {subject} {subjectName} on {datastoreName}", {
              subject: quota.subject,
              subjectName: quota.subjectName,
              datastoreName: quota.datastoreName,
            })
      }
      description={t(
        "A limit below what is stored already deletes nothing: it refuses what would be stored in addition.",
      )}
      submitLabel={t("Save quota")}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      {quota === undefined ? (
        <>
          <Field label={t("User or group")} error={errors["subject"]} isRequired>
            {(control) => (
              <Select {...control} value={who} onChange={(event) => setWho(event.target.value)}>
                <option value="">{t("Choose…")}</option>
                <optgroup label={t("Users")}>{optionsOf("user", owners.data?.users ?? [])}</optgroup>
                <optgroup label={t("Groups")}>{optionsOf("group", owners.data?.groups ?? [])}</optgroup>
              </Select>
            )}
          </Field>
          <Field label={t("Datastore")} error={errors["datastoreId"]} isRequired>
            {(control) => (
              <Select {...control} value={datastore} onChange={(event) => setDatastore(event.target.value)}>
                <option value="">{t("Choose…")}</option>
                {(datastores.data ?? []).map((row) => (
                  <option key={row.id} value={row.id}>
                    {row.name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </>
      ) : null}
      <Field label={t("Size in MiB")} help={t("Empty: no limit.")} error={errors["sizeLimitMb"]}>
        {(control) => (
          <Input {...control} inputMode="numeric" value={size} onChange={(event) => setSize(event.target.value)} />
        )}
      </Field>
      <Field
        label={t("Images")}
        help={t("Backups (a chain is one) and disk images. Empty: no limit.")}
        error={errors["imagesLimit"]}
      >
        {(control) => (
          <Input {...control} inputMode="numeric" value={images} onChange={(event) => setImages(event.target.value)} />
        )}
      </Field>
    </FormDialog>
  );
}

/** The user and the group oneadmin are not accounted. */
function optionsOf(kind: "user" | "group", all: readonly { id: number; name: string }[]) {
  return all
    .filter((each) => each.id !== 0)
    .map((each) => (
      <option key={each.id} value={`${kind}:${each.id}`}>
        {each.name}
      </option>
    ));
}
