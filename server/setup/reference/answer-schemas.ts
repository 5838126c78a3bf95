import path from "node:path";
import ts from "typescript";
import { operations } from "../../api/v1/operations";

type Schema = { [key: string]: unknown };

const REF = "#/components/schemas/";

/**
 * `server/api/v1/answers.json`: JSON Schema of what each procedure answers, read from the type `Answers` with the compiler, so
 * that the shared types are the only place where an answer is described. Written as `/api/v1` sends values: dates are ISO
 * text, what is undefined may be null or absent, large integers are text.
 */
export function answerSchemas(root: string): string {
  const file = path.join(root, "server/api/v1/answers.ts");
  const config = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root, { incremental: false }, undefined);
  const program = ts.createProgram([file], { ...options, types: ["node"] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const alias = source?.statements.find((one) => ts.isTypeAliasDeclaration(one) && one.name.text === "Answers");
  if (source === undefined || alias === undefined) throw new Error(`${file} has no type Answers`);

  const write = schemaWriter(checker, alias);
  const answers: Schema = {};
  for (const router of checker.getPropertiesOfType(checker.getTypeAtLocation(alias))) {
    for (const procedure of checker.getPropertiesOfType(checker.getTypeOfSymbolAtLocation(router, alias))) {
      const name = `${router.name}.${procedure.name}`;
      if (!operations().has(name)) continue;
      answers[name] = write.schemaOf(checker.getTypeOfSymbolAtLocation(procedure, alias));
    }
  }
  return `${JSON.stringify({ operations: sorted(answers), schemas: sorted(write.named) }, null, 1)}\n`;
}

function schemaWriter(checker: ts.TypeChecker, place: ts.Node) {
  /** Schemas of types that have a name, by that name. */
  const named: Schema = {};
  const nameOf = new Map<ts.Type, string>();

  function schemaOf(type: ts.Type): Schema {
    const name = typeName(type);
    if (name === null) return inlineOf(type);
    const known = nameOf.get(type) ?? freeName(name);
    if (!nameOf.has(type)) {
      nameOf.set(type, known);
      named[known] = {}; // taken, also while it is written: a type may hold itself
      named[known] = inlineOf(type);
    }
    return { $ref: `${REF}${known}` };
  }

  function freeName(name: string): string {
    let free = name;
    for (let number = 2; free in named; number += 1) free = `${name}${number}`;
    return free;
  }

  function inlineOf(type: ts.Type): Schema {
    if (type.isUnion()) return unionOf(type.types);
    const plain = plainOf(type);
    if (plain !== null) return plain;
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type as ts.TypeReference).map(schemaOf); // a tuple is one
      return { type: "array", prefixItems: items, minItems: items.length, maxItems: items.length };
    }
    const symbol = type.getSymbol()?.name;
    if (symbol === "Date") return { type: "string", format: "date-time" };
    const element = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
    if (element !== undefined) return { type: "array", items: schemaOf(element) };
    return objectOf(type);
  }

  function plainOf(type: ts.Type): Schema | null {
    const { flags } = type;
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: checker.typeToString(type) === "true" };
    if (flags & ts.TypeFlags.StringLike) return { type: "string" };
    if (flags & ts.TypeFlags.NumberLike) return { type: "number" };
    if (flags & ts.TypeFlags.BooleanLike) return { type: "boolean" };
    if (flags & ts.TypeFlags.BigIntLike) return { type: "string" };
    if (flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void)) return { type: "null" };
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    return null;
  }

  function unionOf(types: readonly ts.Type[]): Schema {
    const words = types.flatMap((type) => (type.isStringLiteral() || type.isNumberLiteral() ? [type.value] : []));
    const flags = types.filter((type) => type.flags & ts.TypeFlags.BooleanLiteral);
    const others = types.filter((type) => !type.isLiteral() && !flags.includes(type)).map(schemaOf);
    const parts = [
      ...(words.length === 0 ? [] : [{ enum: words.sort() }]),
      ...(flags.length === 2 ? [{ type: "boolean" }] : flags.map(inlineOf)),
      ...others,
    ];
    // In an order of their own: the compiler's depends on what it has read before.
    const byText = new Map(parts.map((part) => [JSON.stringify(part), part]));
    const unique = Object.values(sorted(Object.fromEntries(byText)));
    return unique.length === 1 && unique[0] instanceof Object ? { ...unique[0] } : { anyOf: unique };
  }

  function objectOf(type: ts.Type): Schema {
    const properties: Schema = {};
    const required: string[] = [];
    for (const property of checker.getPropertiesOfType(type)) {
      const value = checker.getTypeOfSymbolAtLocation(property, place);
      if (value.getCallSignatures().length > 0) continue;
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const schema = schemaOf(isOptional ? checker.getNonNullableType(value) : value);
      const about = ts.displayPartsToString(property.getDocumentationComment(checker)).trim();
      const described = about === "" ? schema : { ...schema, description: about };
      properties[property.name] = isOptional
        ? { anyOf: [schema, { type: "null" }], ...(about === "" ? {} : { description: about }) }
        : described;
      if (!isOptional) required.push(property.name);
    }
    const values = checker.getIndexTypeOfType(type, ts.IndexKind.String);
    return {
      type: "object",
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
      ...(required.length === 0 ? {} : { required }),
      ...(values === undefined ? {} : { additionalProperties: schemaOf(values) }),
    };
  }

  return { schemaOf, named };
}

/** The name a type was given in the code; null for what has none, or one of the language. */
function typeName(type: ts.Type): string | null {
  const symbol = type.aliasSymbol ?? (type.isClassOrInterface() ? type.getSymbol() : undefined);
  if (symbol === undefined || (type.aliasTypeArguments ?? []).length > 0) return null;
  const isOurs = symbol.declarations?.some((one) => !one.getSourceFile().fileName.includes("node_modules")) === true;
  const isShort = type.isUnion() && type.types.every((one) => one.isLiteral());
  return isOurs && !isShort && /^[A-Z]\w*$/.test(symbol.name) ? symbol.name : null;
}

function sorted(schemas: Schema): Schema {
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}
