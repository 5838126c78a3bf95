"use client";

import { useFormContext } from "react-hook-form";
import type { DatastoreSettings } from "@/server/domain/datastore-update";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";

const NEEDS_SYSTEMD = "Needs systemd on that machine; without it the run says so and goes on.";

/** Every setting of a backup datastore that can be changed. */
export function EditFields({ driver }: { driver: string }) {
  return (
    <>
      <Card title="Place">
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField name="name" label="Name" />
          <TextField name="host" label="Host" help="localhost: a folder of this machine." />
          <TextField name="user" label="User" />
          <NumberField name="port" label="SSH port" />
          <TextField name="basePath" label="Path" />
        </div>
      </Card>
      <Card title="Limits and options">
        <div className="grid gap-4 sm:grid-cols-2">
          <NumberField name="limitMb" label="Limit in MiB" help="The most that backups may use. Empty: all of it." />
          {driver === "rsync" && (
            <TextField name="rsyncArgs" label="Extra rsync arguments" help="For example --bwlimit=50m. Empty: ssh." />
          )}
          <NumberField name="nice" label="Niceness" help="0 to 19: how far transfers step back for other programs." />
          <NumberField name="ionice" label="I/O niceness" help="0 to 7, for disks that are shared with guests." />
          <NumberField name="cpuQuota" label="CPU in percent of one processor" help={NEEDS_SYSTEMD} />
          <NumberField name="memoryMaxMb" label="Memory in MiB" help={NEEDS_SYSTEMD} />
          <NumberField name="maxReadIops" label="Reads a second" help={NEEDS_SYSTEMD} />
          <NumberField name="maxWriteIops" label="Writes a second" help={NEEDS_SYSTEMD} />
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
