"use client";

import { useFormContext } from "react-hook-form";
import { t } from "../i18n/t";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { RadioCards } from "../ui/radio-cards";
import { textOrNull } from "./field-values";

const LOCAL = "localhost";
const PLACES = [
  {
    value: "local",
    get label() {
      return t("Local folder");
    },
    get help() {
      return t("On this machine. Quick to set up; lost together with the machine.");
    },
  },
  {
    value: "remote",
    get label() {
      return t("Another machine");
    },
    get help() {
      return t("Over SSH with a key, for the account given below.");
    },
  },
] as const;

/** Fields of this card. */
export const PLACE_NAMES = ["name", "host", "user", "port", "basePath"] as const;

/** What every backup datastore has. */
interface PlaceInput {
  name: string;
  host: string;
  user: string;
  port: number;
  basePath: string | null;
}

/** Name, machine and folder: the same for every driver. */
export function PlaceFields() {
  const form = useFormContext<PlaceInput>();
  const { errors } = form.formState;
  const isLocal = form.watch("host") === LOCAL;
  const choosePlace = (place: "local" | "remote") => {
    form.setValue("host", place === "local" ? LOCAL : "");
    form.clearErrors("host");
  };
  return (
    <Card title={t("Place")}>
      <div className="grid gap-4">
        <Field
          label={t("Name")}
          error={errors.name?.message}
          isRequired
          help={t("Shown wherever a datastore is chosen.")}
        >
          {(control) => <Input {...control} {...form.register("name")} autoComplete="off" />}
        </Field>
        <RadioCards
          legend={t("Where")}
          columns={2}
          value={isLocal ? "local" : "remote"}
          onValueChange={choosePlace}
          options={PLACES}
        />
        {isLocal ? null : <RemoteFields />}
        <Field
          label={t("Path")}
          error={errors.basePath?.message}
          help={t(
            "Absolute path of the folder for the backups. Leave it empty to use the datastore folder of this installation.",
          )}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register("basePath", { setValueAs: textOrNull })}
              placeholder={t("/srv/backups")}
              spellCheck={false}
              className="font-mono"
            />
          )}
        </Field>
      </div>
    </Card>
  );
}

function RemoteFields() {
  const form = useFormContext<PlaceInput>();
  const { errors } = form.formState;
  return (
    <div className="grid gap-4 sm:grid-cols-[2fr_1fr_6rem]">
      <Field label={t("Host")} error={errors.host?.message} isRequired help={t("Name or IP address.")}>
        {(control) => <Input {...control} {...form.register("host")} autoComplete="off" spellCheck={false} />}
      </Field>
      <Field label={t("User")} error={errors.user?.message} isRequired>
        {(control) => <Input {...control} {...form.register("user")} autoComplete="off" spellCheck={false} />}
      </Field>
      <Field label={t("SSH port")} error={errors.port?.message} isRequired>
        {(control) => (
          <Input {...control} {...form.register("port", { valueAsNumber: true })} type="number" min={1} max={65_535} />
        )}
      </Field>
    </div>
  );
}
