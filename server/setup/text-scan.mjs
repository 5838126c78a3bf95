/**
 * Which strings of a source file end up on screen, and which texts it has translated: read from the syntax tree. A guess
 * by place and look, made for this code: a string that it takes for a text and is none
 * gets a comment on the line before that ends with "not a text."
 */
import ts from "typescript";

/** Calls whose first argument is a message. `words` takes a table of them. */
const TRANSLATES = new Set(["t", "rich"]);
/** Attributes and properties that never reach a reader. */
const CODE_NAMES =
  /^(className|class|classNames|styles?|href|src|id|key|type|role|rel|target|name|defaultValue|variant|tone|size|method|authorization|htmlFor|autoComplete|autoCapitalize|inputMode|nonce|lang|dir|scope|kind|mode|d|viewBox|fill|stroke|transform|points|pattern|accept|as|side|align|position|theme|attribute|code|path|queryKey|topic|to|from|before|after|color|background|borderColor|fontFamily|width|height|aria-(live|current|hidden|controls|labelledby|describedby|owns|haspopup|sort|orientation|relevant)|data-.*|xmlns|preload|operation|field|testId|zone|timeZone|locale|numeric|hourCycle|weekday|day|month|year|hour|minute|second|timeZoneName|style)$/;
/** Attributes and properties that are always read, whatever they look like. */
const TEXT_NAMES =
  /^(label|title|placeholder|aria-label|aria-valuetext|aria-roledescription|description|help|summary|header|caption|alt|reason|disabledReason|removeReason|text|hint|unit|heading|note|word|words|sentence|confirmLabel|error|message|empty|noun)$/;
/** Functions that take strings of code, not of language. */
const CODE_CALLS =
  /^(cn|cva|clsx|merge|useStored|useState|useMediaQuery|enum|literal|discriminatedUnion|for|includes|startsWith|endsWith|split|join|replace|replaceAll|get|set|has|delete|append|addEventListener|removeEventListener|dispatchEvent|matchMedia|querySelector|querySelectorAll|closest|getElementById|createElement|setAttribute|getAttribute|getItem|setItem|register|watch|setValue|getValues|setFocus|setError|useQueryState|parseAsStringLiteral|parseAsStringEnum|withDefault|push|assign|fetch|matches|setProperty|getPropertyValue|signIn|pathFilter|queryKey|test|exec|defineProperty|omit|pick|indexOf|catch|default|RegExp|Event|CustomEvent|Intl|DateTimeFormat|NumberFormat|RelativeTimeFormat|PluralRules|ListFormat|URL|Set|Map|Blob|localeCompare|padStart|padEnd|toString|useParams|notFound|redirect)$/;
/** Functions that are named after the words they return: there a single lower-case word is read too. */
const TEXT_FUNCTIONS =
  /(word|words|text|label|title|sentence|summary|reason|problem|note|hint|phrase|caption|verdict|effect)s?$/i;
/** Where sentences are content, not language. */
const CODE_TAGS = new Set(["code", "kbd", "Kbd", "pre", "style"]);
/** Look like texts and are none: keys as they are printed on them. */
const NOT_SHOWN = new Set(["Ctrl", "Tab", "Enter", "Esc", "Home", "End"]);

const LETTERS = /\p{L}{2}/u;
/** `Running`, `Loading…`, `two words`, but not `FULL`, `data-x`, `camelCase` or a list of class names. */
const SENTENCE = /^[^\p{L}]*\p{Lu}\p{Ll}+[….:?]?$|\p{L}{2}[,.;:)]? \(?\p{L}|\p{L}[.…!?]$/u;
const CLASS_LIST = /^[a-z0-9:[\]()./_&>*=,%#'!@-]+( [a-z0-9:[\]()./_&>*=,%#'!@-]+)*$/i;
const CLASS_TOKEN =
  /(^| )([a-z]+:)?-?[a-z]+-[a-z0-9[]|(^| )(flex|grid|hidden|relative|absolute|sticky|truncate|underline|block)( |$)/;

/**
 * @param {string} name
 * @param {string} source
 */
export function parseSource(name, source) {
  return ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
}

/**
 * Whether a node holds words that a reader sees.
 * @param {ts.Node} node
 * @returns {boolean}
 */
export function isShown(node) {
  if (ts.isJsxText(node)) return LETTERS.test(node.text) && !CODE_TAGS.has(tagOf(node.parent)) && !hasLang(node.parent);
  if (!ts.isStringLiteral(node) && !ts.isNoSubstitutionTemplateLiteral(node) && !ts.isTemplateExpression(node))
    return false;
  const text = plainText(node);
  if (!LETTERS.test(text) || NOT_SHOWN.has(text)) return false;
  const place = placeOf(node);
  if (place === "code" || isSaidToBeNone(node)) return false;
  if (place === "shown") return /\p{Ll}/u.test(text);
  return looksLikeText(text);
}

/**
 * A comment ends with "not a text." on the line before.
 * @param {ts.Node} node
 */
function isSaidToBeNone(node) {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  if (line === 0) return false;
  return /\bnot a text\.\s*$/i.test(
    source.text.slice(source.getPositionOfLineAndCharacter(line - 1, 0), source.getPositionOfLineAndCharacter(line, 0)),
  );
}

/** @param {string} text */
function looksLikeText(text) {
  if (CLASS_LIST.test(text) && CLASS_TOKEN.test(text) && !/[A-Z]/.test(text)) return false;
  if (/^(\/|https?:|@|\.|#)/.test(text)) return false;
  return SENTENCE.test(text.trim());
}

/**
 * The letters of a string; what a template puts in counts as a word.
 * @param {ts.Node} node
 */
function plainText(node) {
  if (!ts.isTemplateExpression(node)) return ts.isStringLiteralLike(node) ? node.text : "";
  const parts = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)];
  return LETTERS.test(parts.join(" ")) ? parts.join("ab") : "";
}

/** @param {ts.Node} node */
function tagOf(node) {
  return ts.isJsxElement(node) ? node.openingElement.tagName.getText() : "";
}

/**
 * Whether an element says that its words are of one language in every page.
 * @param {ts.Node} node
 */
function hasLang(node) {
  return ts.isJsxElement(node) && /\blang=/.test(node.openingElement.getText());
}

/**
 * `code`: never read. `shown`: always. `open`: judged by its look.
 * @param {ts.Node} start
 * @returns {"code" | "shown" | "open"}
 */
function placeOf(start) {
  /** @type {ts.Node} */
  let node = start;
  for (let parent = node.parent; ; node = parent, parent = parent.parent) {
    if (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent) || ts.isSatisfiesExpression(parent)) continue;
    if (ts.isConditionalExpression(parent)) {
      if (parent.condition === node) return "code";
      continue;
    }
    if (ts.isBinaryExpression(parent)) {
      const kind = parent.operatorToken.kind;
      const { BarBarToken, AmpersandAmpersandToken, QuestionQuestionToken, PlusToken } = ts.SyntaxKind;
      if (kind === PlusToken || kind === BarBarToken || kind === QuestionQuestionToken) continue;
      if (kind === AmpersandAmpersandToken && parent.right === node) continue;
      if (kind === ts.SyntaxKind.EqualsToken) return "open";
      return "code";
    }
    if (ts.isTemplateSpan(parent) || ts.isTemplateExpression(parent)) {
      if (ts.isTemplateExpression(parent) && placeOf(parent) === "code") return "code";
      continue;
    }
    if (ts.isJsxExpression(parent)) {
      if (ts.isJsxAttribute(parent.parent)) {
        node = parent;
        continue;
      }
      return CODE_TAGS.has(tagOf(parent.parent)) ? "code" : "shown";
    }
    if (ts.isJsxAttribute(parent)) {
      const name = parent.name.getText();
      // `what` completes a sentence of `ErrorState` and its like; elsewhere it is a choice.
      if (name === "what") return /State$/.test(parent.parent.parent.tagName.getText()) ? "shown" : "open";
      return byName(name);
    }
    if (ts.isPropertyAssignment(parent)) {
      if (parent.name === node) return "code";
      return byName(parent.name.getText().replace(/^["']|["']$/g, ""));
    }
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return byCall(parent, node);
    if (ts.isReturnStatement(parent) || ts.isArrowFunction(parent)) return byFunction(parent);
    if (ts.isVariableDeclaration(parent)) {
      if (!ts.isIdentifier(parent.name)) return "open";
      if (/(class|style|tone|key|css|selector)s?$/i.test(parent.name.text)) return "code";
      return TEXT_FUNCTIONS.test(parent.name.text) ? "shown" : "open";
    }
    if (ts.isBindingElement(parent) || ts.isParameter(parent)) return "open";
    if (ts.isArrayLiteralExpression(parent)) return "open";
    return isCodeParent(parent) ? "code" : "open";
  }
}

/** @param {ts.Node} parent */
function isCodeParent(parent) {
  return (
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isCaseClause(parent) ||
    ts.isElementAccessExpression(parent) ||
    ts.isExpressionStatement(parent) ||
    ts.isTaggedTemplateExpression(parent) ||
    ts.isTypeNode(parent) ||
    ts.isEnumMember(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isExternalModuleReference(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isComputedPropertyName(parent)
  );
}

/**
 * @param {string} name
 * @returns {"code" | "shown" | "open"}
 */
function byName(name) {
  if (TEXT_NAMES.test(name)) return "shown";
  return CODE_NAMES.test(name) ? "code" : "open";
}

/**
 * @param {ts.CallExpression | ts.NewExpression} call
 * @param {ts.Node} argument
 * @returns {"code" | "open"}
 */
function byCall(call, argument) {
  if (call.expression === argument) return "code";
  const name = calledName(call);
  if (TRANSLATES.has(name) && call.arguments?.[0] === argument) return "code";
  if (ts.isNewExpression(call) && /Error$/.test(name)) return "code"; // says itself to programmers
  return CODE_CALLS.test(name) ? "code" : "open";
}

/** @param {ts.CallExpression | ts.NewExpression} call */
function calledName(call) {
  const { expression } = call;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

/**
 * @param {ts.Node} start
 * @returns {"shown" | "open"}
 */
function byFunction(start) {
  /** @type {ts.Node | undefined} */
  let node = start;
  while (node !== undefined && !ts.isFunctionLike(node)) node = node.parent;
  if (node === undefined) return "open";
  const named = ts.isArrowFunction(node) ? node.parent : node;
  const name = "name" in named && named.name !== undefined ? /** @type {ts.Node} */ (named.name).getText() : "";
  return TEXT_FUNCTIONS.test(name) ? "shown" : "open";
}

/**
 * Whether a node is evaluated once, when the module loads.
 * @param {ts.Node} node
 */
export function isAtModuleLevel(node) {
  for (let at = node.parent; at !== undefined; at = at.parent)
    if (ts.isFunctionLike(at) && !isRunAtOnce(at)) return false;
  return true;
}

/**
 * A function that `map` and its like call there and then.
 * @param {ts.Node} node
 */
function isRunAtOnce(node) {
  const { parent } = node;
  return (
    ts.isCallExpression(parent) &&
    parent.expression !== node &&
    /\.(map|flatMap|filter|reduce)$/.test(parent.expression.getText())
  );
}

/**
 * Whether a node is the text of a `words` table.
 * @param {ts.Node} node
 */
function isInWords(node) {
  const table = node.parent?.parent;
  const call = table?.parent;
  return (
    ts.isPropertyAssignment(node.parent) &&
    node.parent.initializer === node &&
    call !== undefined &&
    ts.isCallExpression(call) &&
    call.arguments[0] === table &&
    call.expression.getText() === "words"
  );
}

/**
 * Every text of a file: those that are translated, and those that should be.
 * @param {ts.SourceFile} source
 * @returns {{ messages: { text: string, values: string[], line: number }[], bare: { text: string, line: number }[], problems: { text: string, line: number }[] }}
 */
export function scan(source) {
  /** @type {ReturnType<typeof scan>} */
  const found = { messages: [], bare: [], problems: [] };
  const lineOf = (/** @type {ts.Node} */ node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && TRANSLATES.has(node.expression.getText())) {
      const [message, values] = node.arguments;
      if (message !== undefined && ts.isStringLiteralLike(message)) {
        found.messages.push({ text: message.text, values: namesOf(values), line: lineOf(node) });
      } else {
        found.problems.push({
          text: `${node.getText().slice(0, 60)}: the message must be a literal`,
          line: lineOf(node),
        });
      }
      if (isAtModuleLevel(node)) {
        found.problems.push({
          text: `${node.getText().slice(0, 60)}: runs before there is a reader, see words()`,
          line: lineOf(node),
        });
      }
    } else if (ts.isStringLiteralLike(node) && isInWords(node)) {
      found.messages.push({ text: node.text, values: [], line: lineOf(node) });
    } else if (isShown(node)) {
      found.bare.push({ text: node.getText().trim().slice(0, 100), line: lineOf(node) });
      if (ts.isTemplateExpression(node)) return; // its parts are part of it
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * @param {ts.Expression | undefined} values
 * @returns {string[]}
 */
function namesOf(values) {
  if (values === undefined || !ts.isObjectLiteralExpression(values)) return [];
  return values.properties.flatMap((property) => (property.name === undefined ? [] : [property.name.getText()]));
}
