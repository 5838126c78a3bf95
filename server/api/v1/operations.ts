import { z } from "zod";
import type { TokenScope } from "../../domain/access-token";
import { appRouter } from "../root";

/** A schema as JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */
export type JsonSchema = { readonly [key: string]: unknown };

/** One procedure of the tRPC routers as `/api/v1/<router>/<name>`. */
export interface Operation {
  /** `vm.list` */
  path: string;
  method: "GET" | "POST";
  /** The least scope of a token that may call it. */
  scope: TokenScope;
  /** Null: it takes nothing. */
  input: JsonSchema | null;
}

/** Not for tokens: what makes or changes the means to sign in, the language of the screens, the demo, and the live stream. */
const LEFT_OUT = /^(token\.|demo\.|user\.(changePassword|setLocale)$)/;

/**
 * What an `operate` token may start. Everything else that changes something needs `admin`, so that a new procedure is
 * closed until somebody puts it here.
 */
const OPERATE: ReadonlySet<string> = new Set([
  "action.cancel",
  "action.retry",
  "backup.request",
  "datastore.monitor",
  "job.cancel",
  "job.pause",
  "job.retry",
  "job.run",
  "restore.start",
  "restore.startInPlace",
  "retention.pin",
  "verification.bootCheck",
  "verification.scan",
  "verification.verify",
  "verification.verifyDatastore",
  "vm.createDiskSnapshot",
  "vm.createSnapshot",
  "vm.powerOff",
  "vm.reboot",
  "vm.start",
]);

const Procedure = z.object({
  _def: z.object({
    type: z.enum(["query", "mutation", "subscription"]),
    inputs: z.array(z.custom<z.ZodType>((value) => value instanceof z.ZodType)),
  }),
});

let known: ReadonlyMap<string, Operation> | undefined;

/** Every operation by its path, sorted. Read from the routers once: they do not change while the program runs. */
export function operations(): ReadonlyMap<string, Operation> {
  known ??= new Map(
    Object.entries<unknown>(appRouter._def.procedures)
      .filter(([path]) => !LEFT_OUT.test(path))
      .flatMap(([path, procedure]) => readOperation(path, procedure))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return known;
}

function readOperation(path: string, procedure: unknown): [string, Operation][] {
  // A procedure is a function with its definition on it.
  const { type, inputs } = Procedure.parse({ _def: Reflect.get(Object(procedure), "_def") })._def;
  if (type === "subscription") return [];
  const [input] = inputs;
  const isQuery = type === "query";
  const scope = isQuery ? "read" : OPERATE.has(path) ? "operate" : "admin";
  const schema = input === undefined ? null : toJsonSchema(input);
  return [[path, { path, method: isQuery ? "GET" : "POST", scope, input: schema }]];
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

/** Properties of an input that is an object, for the parameters of a GET. */
export function propertiesOf(input: JsonSchema | null): [name: string, schema: JsonSchema, isRequired: boolean][] {
  const Properties = z.object({
    properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
    required: z.array(z.string()).default([]),
  });
  const { properties, required } = Properties.parse(objectPart(input) ?? {});
  return Object.entries(properties).map(([name, schema]) => [name, schema, required.includes(name)]);
}

/** The object in `object`, or in `object or null`. */
function objectPart(input: JsonSchema | null): JsonSchema | undefined {
  if (input === null || "properties" in input) return input ?? undefined;
  const parts = z.array(z.record(z.string(), z.unknown())).safeParse(input["anyOf"]);
  return parts.success ? parts.data.find((part) => "properties" in part) : undefined;
}
