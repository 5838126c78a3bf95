import { ANSWER_SCHEMAS, answerSchema } from "./answers";
import { type Operation, operations, propertiesOf } from "./operations";

const ERRORS: Readonly<Record<string, string>> = {
  "400": "An argument is wrong; `fields` says which.",
  "401": "No token, or one that is not known, has ended or was revoked.",
  "403": "The token's scope or its user's rights do not allow it.",
  "404": "There is no such object, or no such operation.",
  "409": "The object's state does not allow it now.",
  "429": "Too many calls, or too many unknown tokens from this address. `Retry-After` says how many seconds.",
};

/** The OpenAPI 3.1 document of `/api/v1`, made from the schemas that the calls are checked with. */
export function openApiDocument(version: string) {
  const list = [...operations().values()];
  return {
    openapi: "3.1.0",
    info: {
      title: "Strata",
      version,
      description:
        "Every procedure of the browser's API. Times are milliseconds since 1970, ids are numbers. Work that takes time answers an `actionId`; `action/get` tells how it goes.",
    },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }],
    tags: [...new Set(list.map((one) => tagOf(one)))].map((name) => ({ name })),
    paths: Object.fromEntries(list.map((one) => [`/${one.path.replaceAll(".", "/")}`, pathItem(one)])),
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token: Account → Tokens." },
      },
      schemas: { ...ANSWER_SCHEMAS, Error: ERROR_SCHEMA },
    },
  };
}

const ERROR_SCHEMA = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "code", "appCode", "fields"],
      properties: {
        message: { type: "string", description: "For people: what is wrong and what to do." },
        code: { type: "string", examples: ["NOT_FOUND"] },
        appCode: { type: ["string", "null"], description: "For programs.", examples: ["VM_WRONG_STATE"] },
        fields: {
          type: "array",
          items: {
            type: "object",
            required: ["path", "message"],
            properties: { path: { type: "string" }, message: { type: "string" } },
          },
        },
      },
    },
  },
};

const tagOf = (operation: Operation) => operation.path.split(".")[0] ?? "";

function pathItem(operation: Operation) {
  const { path, method, scope, input } = operation;
  const about = {
    operationId: path.replaceAll(".", "_"),
    summary: path,
    description: `Needs a token of scope \`${scope}\` or more.`,
    "x-scope": scope,
    tags: [tagOf(operation)],
    responses: {
      "200": {
        description: "Done, or accepted.",
        content: { "application/json": { schema: answerSchema(path) ?? {} } },
      },
      ...Object.fromEntries(Object.entries(ERRORS).map(([status, description]) => [status, problem(description)])),
    },
  };
  if (method === "GET") return { get: { ...about, parameters: parametersOf(operation) } };
  const body = { required: true, content: { "application/json": { schema: input ?? {} } } };
  return { post: input === null ? about : { ...about, requestBody: body } };
}

function problem(description: string) {
  return { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } };
}

function parametersOf({ input }: Operation) {
  return propertiesOf(input).map(([name, schema, required]) => {
    const isPlain = schema["type"] !== "object" && schema["type"] !== "array";
    const about = { name, in: "query", required };
    return isPlain ? { ...about, schema } : { ...about, content: { "application/json": { schema } } };
  });
}
