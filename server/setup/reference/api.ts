import { readdirSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { appRouter } from "../../api/root";
import { code, pageHead, table } from "./markdown";
import { procedureDocs } from "./source-comments";

/** As much of a tRPC procedure as a page needs. */
const Procedure = z.object({
  _def: z.object({ type: z.string(), inputs: z.array(z.custom<z.ZodType>()).default([]) }),
});
const Field = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
});
const ObjectSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

/**
 * Every procedure of the browser's API.
 * @param root the repository
 */
export function apiPage(root: string): string {
  const folder = path.join(root, "server/api/routers");
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .sort();
  const docs = new Map(files.flatMap((file) => [...procedureDocs(path.join(folder, file))]));
  const rows = Object.entries(appRouter._def.procedures)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, procedure]) => {
      const { _def: definition } = Procedure.parse(procedureShape(procedure));
      return [code(name), definition.type, inputText(definition.inputs), docs.get(name) ?? ""];
    });
  return [
    pageHead("API of the browser", ["server/api/root.ts", "server/api/routers/*.ts"]),
    "tRPC under `/api/trpc`, for Strata's own pages: it may change with any release. Every procedure needs a signed-in",
    "user; a mutation must come from the same origin. `?` marks what may be left out.\n",
    table(["Procedure", "Kind", "Input", "What it does"], rows),
  ].join("\n");
}

/** Procedures are functions; a schema takes objects. */
function procedureShape(procedure: unknown): unknown {
  return typeof procedure === "function" && "_def" in procedure ? { _def: procedure._def } : procedure;
}

function inputText(inputs: readonly z.ZodType[]): string {
  return inputs.flatMap((input) => fieldsOf(input)).join(", ") || "none";
}

/** `name: type` of each field of an input. */
export function fieldsOf(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" });
  const { properties, required } = ObjectSchema.parse(objectPart(json));
  return Object.entries(properties).map(([name, field]) => {
    const optional = required.includes(name) ? "" : "?";
    return code(`${name}${optional}: ${typeText(field)}`);
  });
}

/** The object inside `object | null`. */
function objectPart(json: unknown): unknown {
  const { anyOf } = z.looseObject({ anyOf: z.array(z.unknown()).optional() }).parse(json);
  return anyOf === undefined ? json : (anyOf.map(objectPart).find((each) => isObjectSchema(each)) ?? json);
}

function isObjectSchema(json: unknown): boolean {
  return typeof json === "object" && json !== null && "properties" in json;
}

function typeText(json: unknown): string {
  if (typeof json !== "object" || json === null) return "any";
  if ("anyOf" in json && Array.isArray(json.anyOf)) return [...new Set(json.anyOf.map(typeText))].join(" | ");
  const field = Field.parse(json);
  if (field.enum !== undefined) return field.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.type === "array") return `list of ${typeText("items" in json ? json.items : undefined)}`;
  if (isObjectSchema(json)) {
    const { properties } = ObjectSchema.parse(json);
    return `{ ${Object.keys(properties).join(", ")} }`;
  }
  return [field.type ?? "any"].flat().join(" | ");
}
