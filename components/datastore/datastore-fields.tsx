"use client";

import { useFormContext } from "react-hook-form";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { RadioCards } from "../ui/radio-cards";
import type { DatastoreInput } from "./datastore-form";

const LOCAL = "localhost";
const PLACES = [
  { value: "local", label: "Local folder", help: "On this machine. Quick to set up; lost together with the machine." },
  { value: "remote", label: "Another machine", help: "Over SSH with a key, for the account given below." },
] as const;

const textOrNull = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value.trim() : null);
const numberOrNull = (value: unknown) => (value === "" || value === null || value === undefined ? null : Number(value));

/** Fields of an rsync datastore. */
export function DatastoreFields() {
  const form = useFormContext<DatastoreInput>();
  const { errors } = form.formState;
  const isLocal = form.watch("host") === LOCAL;
  const choosePlace = (place: "local" | "remote") => {
    form.setValue("host", place === "local" ? LOCAL : "");
    form.clearErrors("host");
  };
  return (
    <>
      <Card title="Place">
        <div className="grid gap-4">
          <Field label="Name" error={errors.name?.message} isRequired help="Shown wherever a datastore is chosen.">
            {(control) => <Input {...control} {...form.register("name")} autoComplete="off" />}
          </Field>
          <RadioCards
            legend="Where"
            columns={2}
            value={isLocal ? "local" : "remote"}
            onValueChange={choosePlace}
            options={PLACES}
          />
          {isLocal ? null : <RemoteFields />}
          <Field
            label="Path"
            error={errors.basePath?.message}
            help="Absolute path of the folder for the backups. Leave it empty to use the datastore folder of this installation."
          >
            {(control) => (
              <Input
                {...control}
                {...form.register("basePath", { setValueAs: textOrNull })}
                placeholder="/srv/backups"
                spellCheck={false}
                className="font-mono"
              />
            )}
          </Field>
        </div>
      </Card>
      <Card title="Limits and options">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label="Limit in MiB"
            error={errors.limitMb?.message}
            help="The most that backups may use. Empty: all of the file system."
          >
            {(control) => (
              <Input {...control} {...form.register("limitMb", { setValueAs: numberOrNull })} type="number" min={1} />
            )}
          </Field>
          <Field
            label="Extra rsync arguments"
            error={errors.rsyncArgs?.message}
            help="Given to rsync as they are, for example --bwlimit=50m."
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
    </>
  );
}

function RemoteFields() {
  const form = useFormContext<DatastoreInput>();
  const { errors } = form.formState;
  return (
    <div className="grid gap-4 sm:grid-cols-[2fr_1fr_6rem]">
      <Field label="Host" error={errors.host?.message} isRequired help="Name or IP address.">
        {(control) => <Input {...control} {...form.register("host")} autoComplete="off" spellCheck={false} />}
      </Field>
      <Field label="User" error={errors.user?.message} isRequired>
        {(control) => <Input {...control} {...form.register("user")} autoComplete="off" spellCheck={false} />}
      </Field>
      <Field label="SSH port" error={errors.port?.message} isRequired>
        {(control) => (
          <Input {...control} {...form.register("port", { valueAsNumber: true })} type="number" min={1} max={65_535} />
        )}
      </Field>
    </div>
  );
}
