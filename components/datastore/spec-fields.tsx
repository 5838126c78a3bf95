"use client";

import { type FieldValues, type Path, useFormContext } from "react-hook-form";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { numberOrNull, textOrNull } from "./field-values";

/** One field of a datastore form; what is left empty is null, unless it is required. */
export interface FieldSpec<Values extends FieldValues> {
  name: Path<Values>;
  label: () => string;
  help?: () => string;
  /** `code`: text for programs, shown in a fixed width. */
  kind: "text" | "code" | "number" | "password";
  isRequired?: boolean;
  placeholder?: () => string;
}

/** A choice among a few words. */
export interface ChoiceSpec<Values extends FieldValues> {
  name: Path<Values>;
  label: () => string;
  help?: () => string;
  kind: "choice";
  options: readonly { value: string; label: () => string }[];
}

/** A card of fields. */
export interface FieldGroup<Values extends FieldValues> {
  title: () => string;
  fields: readonly (FieldSpec<Values> | ChoiceSpec<Values>)[];
  /** One below the other; else two beside each other where there is room. */
  isWide?: boolean;
}

/** The cards that a description asks for, inside a form with those values. */
export function SpecFields<Values extends FieldValues>({ groups }: { groups: readonly FieldGroup<Values>[] }) {
  return groups.map((group) => (
    <Card key={group.title()} title={group.title()}>
      <FieldGrid fields={group.fields} isWide={group.isWide ?? false} />
    </Card>
  ));
}

/** The fields alone, for a card that has others too. */
export function FieldGrid<Values extends FieldValues>(props: {
  fields: FieldGroup<Values>["fields"];
  isWide?: boolean;
}) {
  return (
    <div className={props.isWide === true ? "grid gap-4" : "grid gap-4 sm:grid-cols-2"}>
      {props.fields.map((spec) => (
        <SpecField key={spec.name} spec={spec} />
      ))}
    </div>
  );
}

function SpecField<Values extends FieldValues>({ spec }: { spec: FieldSpec<Values> | ChoiceSpec<Values> }) {
  const form = useFormContext<Values>();
  const error = form.getFieldState(spec.name, form.formState).error?.message;
  const isRequired = spec.kind !== "choice" && spec.isRequired === true;
  return (
    <Field
      label={spec.label()}
      error={error}
      isRequired={isRequired}
      {...(spec.help === undefined ? {} : { help: spec.help() })}
    >
      {(control) =>
        spec.kind === "choice" ? (
          <Select {...control} {...form.register(spec.name)}>
            {spec.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label()}
              </option>
            ))}
          </Select>
        ) : (
          <Input {...control} {...form.register(spec.name, registerOf(spec))} {...inputOf(spec)} />
        )
      }
    </Field>
  );
}

function registerOf<Values extends FieldValues>({ kind, isRequired }: FieldSpec<Values>) {
  if (kind === "number") return { setValueAs: numberOrNull };
  return isRequired === true ? {} : { setValueAs: textOrNull };
}

function inputOf<Values extends FieldValues>({ kind, placeholder }: FieldSpec<Values>) {
  const shared = { spellCheck: false, ...(placeholder === undefined ? {} : { placeholder: placeholder() }) };
  switch (kind) {
    case "number":
      return { ...shared, type: "number", min: 0 };
    case "password":
      return { ...shared, type: "password", autoComplete: "new-password" };
    case "code":
      return { ...shared, autoComplete: "off", className: "font-mono" };
    case "text":
      return { ...shared, autoComplete: "off" };
  }
}
