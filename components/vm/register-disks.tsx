"use client";

import { Plus, Trash2 } from "lucide-react";
import { Controller, useFieldArray } from "react-hook-form";
import { t } from "@/components/i18n/t";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { RegisterFormApi } from "./register-place";

const MAX_DISKS = 32;

/** The disk files, in the order the guest sees them. */
export function RegisterDisks({ form }: { form: RegisterFormApi }) {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: "disks" });
  const listError = form.formState.errors.disks?.root?.message ?? form.formState.errors.disks?.message;
  return (
    <Card title={t("Disks")}>
      <p className="mb-3 text-muted">
        {t(
          "Files that are already on the host, in the order the guest sees them. They stay where they are. Only qcow2 disks can be backed up in increments.",
        )}
      </p>
      <ol className="space-y-4">
        {fields.map((field, index) => (
          <DiskFields
            key={field.id}
            form={form}
            index={index}
            removeReason={fields.length === 1 ? t("A VM needs at least one disk.") : null}
            onRemove={() => remove(index)}
          />
        ))}
      </ol>
      {listError !== undefined && (
        <p role="alert" className="mt-2 text-danger">
          {listError}
        </p>
      )}
      <Button
        className="mt-4"
        disabledReason={
          fields.length >= MAX_DISKS ? t("A VM has at most {maxDisks} disks.", { maxDisks: MAX_DISKS }) : null
        }
        onClick={() => append({ path: "", format: "qcow2", isVolatile: false })}
      >
        <Plus aria-hidden />
        {t("Add a disk")}
      </Button>
    </Card>
  );
}

/** The schema's own words for an empty path mean nothing to a person. */
function pathError({ type, message }: { type?: string; message?: string }): string {
  return type === "too_small" ? t("Give the path of the disk file.") : (message ?? t("This path is not allowed."));
}

interface DiskFieldsProps {
  form: RegisterFormApi;
  index: number;
  removeReason: string | null;
  onRemove: () => void;
}

function DiskFields({ form, index, removeReason, onRemove }: DiskFieldsProps) {
  const errors = form.formState.errors.disks?.[index];
  return (
    <li className="grid gap-3 rounded-card border border-line p-3 sm:grid-cols-[minmax(0,1fr)_8rem_auto]">
      <Field
        label={t("Disk {index}: file", { index })}
        help={t("Absolute path, for example /var/lib/images/web.qcow2")}
        error={errors?.path === undefined ? undefined : pathError(errors.path)}
        isRequired
      >
        {(control) => (
          <Input {...control} {...form.register(`disks.${index}.path`)} autoComplete="off" spellCheck={false} />
        )}
      </Field>
      <Field label={t("Format")} error={errors?.format?.message}>
        {(control) => (
          <Select {...control} {...form.register(`disks.${index}.format`)}>
            <option value="qcow2">{t("qcow2")}</option>
            <option value="raw">{t("raw")}</option>
          </Select>
        )}
      </Field>
      <div className="sm:pt-6">
        <Button
          size="icon"
          variant="ghost"
          aria-label={t("Remove disk {index}", { index })}
          disabledReason={removeReason}
          onClick={onRemove}
        >
          <Trash2 aria-hidden />
        </Button>
      </div>
      <Controller
        control={form.control}
        name={`disks.${index}.isVolatile`}
        render={({ field }) => (
          <Checkbox
            className="sm:col-span-3"
            checked={field.value ?? false}
            onCheckedChange={field.onChange}
            label={t("Volatile")}
            help={t("Scratch data: left out of backups unless the policy includes volatile disks.")}
          />
        )}
      />
    </li>
  );
}
