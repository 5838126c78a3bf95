import { ERRORS, type ErrorCode, type ErrorKind } from "../../domain/errors";
import { code, pageHead, table } from "./markdown";

const KINDS: Record<ErrorKind, string> = {
  authentication: "Nobody is signed in, or the sign-in failed.",
  denied: "The right is missing, or a quota is used up.",
  not_found: "The object does not exist.",
  invalid: "The input cannot be used as it is.",
  conflict: "The object is in a state that forbids this now.",
  capacity: "There is not enough space.",
  driver: "A driver action failed.",
  unavailable: "Not at the moment; try again soon.",
  cancelled: "Somebody cancelled it.",
  internal: "A rule of the reference that answers INTERNAL, or a defect.",
};

/** Values for the examples, where a name in angle brackets would not do. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  vmIds: [7, 9],
  timeoutMs: 120_000,
};

/** Every error code with its kind, its data and its sentence. */
export function errorCodesPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[]; // the keys of a constant table
  return [
    pageHead("Error codes", ["server/domain/errors.ts"]),
    "A call that fails answers with a code, a sentence for people and, in the sentence, the data of that case. Names in",
    "angle brackets stand for data. Texts that OpenNebula has are kept word for word where clients may match them.\n",
    "## Kinds\n",
    table(
      ["Kind", "Meaning"],
      Object.entries(KINDS).map(([kind, meaning]) => [code(kind), meaning]),
    ),
    "## Codes\n",
    table(["Code", "Kind", "Data", "Sentence"], codes.map(errorRow)),
  ].join("\n");
}

function errorRow(name: ErrorCode): string[] {
  const { names, sentence } = describeError(ERRORS[name].text);
  return [code(name), ERRORS[name].kind, names.map((each) => code(each)).join(", "), escapeTags(sentence)];
}

/** The sentence of an error with placeholders, and the names of the data it uses, in order. */
export function describeError(text: (data: never) => string): { names: string[]; sentence: string } {
  const names = new Set<string>();
  const answering = (answerOf: (name: string) => unknown) =>
    new Proxy(
      {},
      {
        get(_target, name) {
          names.add(String(name));
          return answerOf(String(name));
        },
      },
    ) as never; // each row types its own data; here every property answers
  const sentence = text(answering((name) => SAMPLES[name] ?? `<${name}>`));
  // Some sentences use further data when a text is empty: once more, for the names alone.
  text(answering((name) => (Array.isArray(SAMPLES[name]) ? [] : "")));
  return { names: [...names], sentence };
}

/** Markdown takes `<name>` for HTML. */
function escapeTags(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
