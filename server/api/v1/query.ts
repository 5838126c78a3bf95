import { type JsonSchema, propertiesOf } from "./operations";

/**
 * The input of a GET: each parameter as the schema wants it, numbers and yes or no in words, lists and objects as JSON.
 * What fits nothing stays text: the schema of the procedure says what is wrong with it. Undefined: nothing was given.
 */
export function inputOfQuery(input: JsonSchema | null, params: URLSearchParams): Record<string, unknown> | undefined {
  if (input === null) return undefined;
  const schemas = new Map(propertiesOf(input).map(([name, schema]) => [name, schema]));
  // Entries of a list, not keys set one by one: `__proto__` is a name like any other.
  const given = Object.fromEntries([...params].map(([name, text]) => [name, valueFrom(schemas.get(name) ?? {}, text)]));
  return params.size === 0 && "anyOf" in input ? undefined : given;
}

function valueFrom(schema: JsonSchema, text: string): unknown {
  const types = typesOf(schema);
  const isNumber = types.has("number") || types.has("integer");
  if (isNumber && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  if (types.has("null") && text === "null") return null;
  if (types.has("string") || isNumber) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The JSON types that a schema takes; text for a list of words. */
function typesOf(schema: JsonSchema): ReadonlySet<unknown> {
  const { type, anyOf, oneOf, enum: words, const: word } = schema;
  const own = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const parts = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const values = [...(Array.isArray(words) ? words : []), ...(word === undefined ? [] : [word])];
  return new Set([...own, ...values.map((value) => typeof value), ...parts.flatMap((part) => [...typesOf(part)])]);
}
