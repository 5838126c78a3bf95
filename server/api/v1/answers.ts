import type { inferRouterOutputs } from "@trpc/server";
import { z } from "zod";
import type { AppRouter } from "../root";
import generated from "./answers.json";
import type { JsonSchema } from "./operations";

/** What each procedure answers. `npm run docs` makes answers.json of this type, so that both cannot differ. */
export type Answers = inferRouterOutputs<AppRouter>;

const Schemas = z.record(z.string(), z.record(z.string(), z.unknown()));
const { operations, schemas } = z.object({ operations: Schemas, schemas: Schemas }).parse(generated);

/** Schemas by name, which those of the answers refer to as `#/components/schemas/<name>`. */
export const ANSWER_SCHEMAS: Readonly<Record<string, JsonSchema>> = schemas;

/** The schema of what an operation answers, e.g. that of `vm.list`; undefined until `npm run docs` has seen it. */
export function answerSchema(path: string): JsonSchema | undefined {
  return operations[path];
}
