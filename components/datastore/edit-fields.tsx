"use client";

import { useFormContext } from "react-hook-form";
import type { DatastoreSettings } from "@/server/domain/datastore-update";
import { t } from "../i18n/t";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";

/** Every setting of a backup datastore that can be changed. */
export function EditFields({ driver }: { driver: string }) {
  const needsSystemd = t("Needs systemd on that machine; without it the run says so and goes on.");
  return (
    <>
      <Card title={t("Place")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField name="name" label={t("Name")} />
          <TextField name="host" label={t("Host")} help={t("localhost: a folder of this machine.")} />
          <TextField name="user" label={t("User")} />
          <NumberField name="port" label={t("SSH port")} />
          <TextField name="basePath" label={t("Path")} />
        </div>
      </Card>
      <Card title={t("Limits and options")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <NumberField
            name="limitMb"
            label={t("Limit in MiB")}
            help={t("The most that backups may use. Empty: all of it.")}
          />
          {driver === "rsync" && (
            <TextField
              name="rsyncArgs"
              label={t("Extra rsync arguments")}
              help={t("For example --bwlimit=50m. Empty: ssh.")}
            />
          )}
          <NumberField
            name="nice"
            label={t("Niceness")}
            help={t("0 to 19: how far transfers step back for other programs.")}
          />
          <NumberField
            name="ionice"
            label={t("I/O niceness")}
            help={t("0 to 7, for disks that are shared with guests.")}
          />
          <NumberField name="cpuQuota" label={t("CPU in percent of one processor")} help={needsSystemd} />
          <NumberField name="memoryMaxMb" label={t("Memory in MiB")} help={needsSystemd} />
          <NumberField name="maxReadIops" label={t("Reads a second")} help={needsSystemd} />
          <NumberField name="maxWriteIops" label={t("Writes a second")} help={needsSystemd} />
        </div>
      </Card>
    </>
  );
}

type FieldProps = { name: keyof DatastoreSettings; label: string; help?: string };

function TextField({ name, label, help }: FieldProps) {
  const form = useFormContext<DatastoreSettings>();
  const emptyIsNull = (value: unknown) => (name === "rsyncArgs" && value === "" ? null : value);
  return (
    <Field label={label} error={form.formState.errors[name]?.message} {...(help === undefined ? {} : { help })}>
      {(control) => (
        <Input
          {...control}
          {...form.register(name, { setValueAs: emptyIsNull })}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  );
}

function NumberField({ name, label, help }: FieldProps) {
  const form = useFormContext<DatastoreSettings>();
  const asNumber = (value: unknown) => (value === "" || value === null ? null : Number(value));
  return (
    <Field label={label} error={form.formState.errors[name]?.message} {...(help === undefined ? {} : { help })}>
      {(control) => <Input {...control} {...form.register(name, { setValueAs: asNumber })} type="number" min={0} />}
    </Field>
  );
}
