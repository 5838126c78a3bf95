"use client";

import { useFormContext } from "react-hook-form";
import { t } from "../i18n/t";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { numberOrNull, textOrNull } from "./field-values";
import type { RsyncInput } from "./rsync-form";

/** Fields of the rsync driver alone. */
export function RsyncFields() {
  const form = useFormContext<RsyncInput>();
  const { errors } = form.formState;
  return (
    <Card title={t("Limits and options")}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t("Limit in MiB")}
          error={errors.limitMb?.message}
          help={t("The most that backups may use. Empty: all of the file system.")}
        >
          {(control) => (
            <Input {...control} {...form.register("limitMb", { setValueAs: numberOrNull })} type="number" min={1} />
          )}
        </Field>
        <Field
          label={t("Extra rsync arguments")}
          error={errors.rsyncArgs?.message}
          help={t("Given to rsync as they are, for example --bwlimit=50m.")}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register("rsyncArgs", { setValueAs: textOrNull })}
              spellCheck={false}
              className="font-mono"
            />
          )}
        </Field>
      </div>
    </Card>
  );
}
