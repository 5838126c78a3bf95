import { refuse } from "./refusal";

interface Parser<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

/** The value in its grammar, or a refusal that names it. */
export function parse<T>(grammar: Parser<T>, value: string, vmId: number, what: string): T {
  const result = grammar.safeParse(value);
  if (!result.success) throw refuse(vmId, `${what} is "${value.slice(0, 80)}", which cannot be used.`);
  return result.data;
}

/** The value when it is one of `allowed`. */
export function oneOf(value: string, allowed: readonly string[], vmId: number, what: string): string {
  if (!allowed.includes(value)) {
    throw refuse(vmId, `${what} is "${value.slice(0, 80)}"; it may be ${allowed.join(", ")}.`);
  }
  return value;
}
