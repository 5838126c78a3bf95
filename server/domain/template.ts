import { z } from "zod";

/**
 * An OpenNebula template: each name holds one or more values, a value is text or a vector of text.
 * Names are upper-case. JSON form, as stored: `{"CPU":["1"],"DISK":[{"DISK_ID":"0"},{"DISK_ID":"1"}]}`.
 */
export const TemplateVector = z.record(z.string(), z.string());
export type TemplateVector = z.infer<typeof TemplateVector>;
export const TemplateValue = z.union([z.string(), TemplateVector]);
export type TemplateValue = z.infer<typeof TemplateValue>;
export const Template = z.record(z.string(), z.array(TemplateValue));
export type Template = z.infer<typeof Template>;

/** First text value of `name`, or undefined. */
export function text(template: Template, name: string): string | undefined {
  return template[name]?.find((value): value is string => typeof value === "string");
}

/** All vectors of `name` (e.g. every DISK), in order. */
export function vectors(template: Template, name: string): TemplateVector[] {
  return (template[name] ?? []).filter((value): value is TemplateVector => typeof value !== "string");
}

/** A copy of `template` with `name` holding exactly `values`; no values removes the name. */
export function withValues(template: Template, name: string, values: readonly TemplateValue[]): Template {
  const { [name]: _gone, ...rest } = template;
  return values.length === 0 ? rest : { ...rest, [name]: [...values] };
}

/** YES/NO attribute; anything but YES (any case) is false. */
export function isYes(value: string | undefined): boolean {
  return value?.trim().toUpperCase() === "YES";
}
