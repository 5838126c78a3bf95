import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** Doc comments of the sources, read from the syntax tree: they are written once, beside the code. */

export function parseSource(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ESNext, true);
}

/** The first paragraph of a node's doc comment as one line, empty when it has none. */
export function docOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = doc === undefined ? "" : (ts.getTextOfJSDocComment(doc.comment) ?? "");
  return (text.split(/\n\s*\n/)[0] ?? "").replaceAll(/\s*\n\s*/g, " ").trim();
}

/** Doc comments of the members of an exported interface, by member name. Throws when there is no such interface. */
export function memberDocs(source: ts.SourceFile, interfaceName: string): Map<string, string> {
  const found = source.statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === interfaceName);
  if (found === undefined) throw new Error(`${source.fileName} has no interface ${interfaceName}.`);
  return new Map(found.members.map((member) => [member.name?.getText() ?? "", docOf(member)]));
}

/**
 * What each procedure of a router file does, by `<router>.<procedure>`: the comment of the procedure, else that of the
 * core function it calls. Routers are named `<name>Router`.
 */
export function procedureDocs(file: string): Map<string, string> {
  const source = parseSource(file);
  const docs = new Map<string, string>();
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      const router = /^(\w+)Router$/.exec(name.getText())?.[1];
      if (router === undefined || initializer === undefined || !ts.isCallExpression(initializer)) continue;
      const [procedures] = initializer.arguments;
      if (procedures === undefined || !ts.isObjectLiteralExpression(procedures)) continue;
      for (const procedure of procedures.properties.filter(ts.isPropertyAssignment)) {
        const doc = docOf(procedure) || calledDoc(source, procedure.initializer);
        docs.set(`${router}.${procedure.name.getText()}`, doc);
      }
    }
  }
  return docs;
}

/** The doc comment of the imported function that `….query((…) => fn(…))` calls. */
function calledDoc(source: ts.SourceFile, procedure: ts.Expression): string {
  if (!ts.isCallExpression(procedure)) return "";
  const [resolver] = procedure.arguments;
  if (resolver === undefined || !ts.isArrowFunction(resolver) || !ts.isCallExpression(resolver.body)) return "";
  const called = resolver.body.expression.getText();
  for (const statement of source.statements.filter(ts.isImportDeclaration)) {
    const names = statement.importClause?.namedBindings;
    if (names === undefined || !ts.isNamedImports(names)) continue;
    if (!names.elements.some((each) => each.name.text === called)) continue;
    if (!ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const module = parseSource(`${path.join(path.dirname(source.fileName), statement.moduleSpecifier.text)}.ts`);
    const declared = module.statements.filter(ts.isFunctionDeclaration).find((each) => each.name?.text === called);
    return declared === undefined ? "" : docOf(declared);
  }
  return "";
}
