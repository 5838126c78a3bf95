"use client";

import { useFormContext } from "react-hook-form";
import { t } from "../i18n/t";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { numberOrNull, textOrNull } from "./field-values";
import type { ResticInput } from "./restic-form";

/** Fields of the restic driver alone. */
export function ResticFields() {
  return (
    <>
      <PasswordCard />
      <Card title={t("Limits and options")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Compression />
          <NumberField
            name="limitMb"
            label={t("Limit in MiB")}
            help={t("The most that backups may use, before compression. Empty: all of the file system.")}
          />
          <NumberField name="bandwidth" label={t("Bandwidth in KiB/s")} help={t("Up and down. Empty: no limit.")} />
          <NumberField name="connections" label={t("SFTP connections")} help={t("At the same time. Empty: 5.")} />
          <NumberField
            name="nice"
            label={t("Niceness")}
            help={t("0 to 19: how far restic steps back for other programs.")}
          />
          <NumberField
            name="ionice"
            label={t("I/O niceness")}
            help={t("0 to 7, for disks that are shared with guests.")}
          />
          <UnusedSpace />
          <ScratchFolder />
        </div>
      </Card>
    </>
  );
}

function PasswordCard() {
  const form = useFormContext<ResticInput>();
  return (
    <Card title={t("Encryption")}>
      <Field
        label={t("Repository password")}
        error={form.formState.errors.password?.message}
        isRequired
        help={t(
          "Encrypts every repository of this datastore. Keep a copy elsewhere: without it the backups cannot be read by anybody. Strata stores it encrypted and does not show it again.",
        )}
      >
        {(control) => (
          <Input
            {...control}
            {...form.register("password")}
            type="password"
            autoComplete="new-password"
            spellCheck={false}
          />
        )}
      </Field>
    </Card>
  );
}

function Compression() {
  const form = useFormContext<ResticInput>();
  return (
    <Field
      label={t("Compression")}
      error={form.formState.errors.compression?.message}
      help={t("Maximum takes four times as long for one or two percent less.")}
    >
      {(control) => (
        <Select {...control} {...form.register("compression")}>
          <option value="auto">{t("Automatic")}</option>
          <option value="off">{t("Off")}</option>
          <option value="max">{t("Maximum")}</option>
        </Select>
      )}
    </Field>
  );
}

type NumberName = "limitMb" | "bandwidth" | "connections" | "nice" | "ionice";

function NumberField({ name, label, help }: { name: NumberName; label: string; help: string }) {
  const form = useFormContext<ResticInput>();
  return (
    <Field label={label} error={form.formState.errors[name]?.message} help={help}>
      {(control) => <Input {...control} {...form.register(name, { setValueAs: numberOrNull })} type="number" min={0} />}
    </Field>
  );
}

function UnusedSpace() {
  const form = useFormContext<ResticInput>();
  return (
    <Field
      label={t("Unused space that may stay")}
      error={form.formState.errors.pruneMaxUnused?.message}
      help={t("A size or a share, such as 5%. More makes deleting faster. Empty: none.")}
    >
      {(control) => (
        <Input {...control} {...form.register("pruneMaxUnused", { setValueAs: textOrNull })} placeholder="0" />
      )}
    </Field>
  );
}

function ScratchFolder() {
  const form = useFormContext<ResticInput>();
  return (
    <Field
      label={t("Folder for restores")}
      error={form.formState.errors.tmpDir?.message}
      help={t("On this machine. A restore puts the stored files of one disk there first. Empty: /var/tmp.")}
    >
      {(control) => (
        <Input
          {...control}
          {...form.register("tmpDir", { setValueAs: textOrNull })}
          placeholder={t("/var/tmp")}
          spellCheck={false}
          className="font-mono"
        />
      )}
    </Field>
  );
}
