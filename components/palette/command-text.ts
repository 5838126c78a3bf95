import { parseDatePhrase, type Span } from "../timeline/date-phrase";

/** What is wanted of the object that is named: opened, or one of the things that have a plan. */
type Verb = "open" | "restore" | "back-up" | "pause" | "why";

/** What was typed into the palette, taken apart. */
export interface TypedCommand {
  verb: Verb;
  /** A part of the name, the number, an address or a label of what it is about. */
  name: string;
  /** The time that was named; null: none was. */
  span: Span | null;
}

const VERBS: readonly { verb: Verb; pattern: RegExp }[] = [
  { verb: "restore", pattern: /^(?:restore|recover|restaurar?|recuperar?)\s+(?<rest>.+)$/iu },
  {
    verb: "back-up",
    pattern: /^(?:back\s?up|run a backup of|copiar?|respaldar?)\s+(?<rest>.+?)(?:\s+(?:now|ahora))?$/iu,
  },
  { verb: "pause", pattern: /^(?:pause|pausar?)\s+(?<rest>.+)$/iu },
  {
    verb: "why",
    pattern:
      /^(?:why|por\s+qu[eé])\s+(?:is\s+|was\s+|did\s+|does\s+|est[aá]\s+|falla\s+)?(?<rest>.+?)(?:\s+(?:late|failing|fail|failed|red|not backed up|never backed up|left out|atrasad[ao]|fallando|sin copia|excluid[ao]))?\s*\?*$/iu,
  },
  { verb: "open", pattern: /^(?:go to|open|show|ir a|abrir?|ver)\s+(?<rest>.+)$/iu },
];
/** Words between a name and a time. */
const BETWEEN = new Set([
  "to",
  "from",
  "as",
  "of",
  "at",
  "on",
  "in",
  "until",
  "till",
  "before",
  "a",
  "al",
  "de",
  "del",
  "hasta",
  "desde",
]);

/**
 * "restore web to yesterday", "back up db-01", "pause nightly until Monday", "why is db-01 late", "web 3 days ago", in
 * English and Spanish. What begins with no verb is something to be found.
 */
export function parseCommand(text: string, asked: { now: number; zone: string }): TypedCommand {
  const typed = text.trim();
  for (const { verb, pattern } of VERBS) {
    const rest = pattern.exec(typed)?.groups?.["rest"];
    if (rest === undefined) continue;
    if (verb === "back-up" || verb === "why") return { verb, name: rest, span: null };
    return { verb, ...splitTime(rest, { ...asked, direction: verb === "pause" ? "future" : "past" }) };
  }
  return { verb: "open", ...splitTime(typed, { ...asked, direction: "past" }) };
}

/** The longest end that is a time, and what stands before it. */
function splitTime(text: string, asked: Parameters<typeof parseDatePhrase>[1]): { name: string; span: Span | null } {
  const words = text.split(/\s+/);
  for (let at = 1; at < words.length; at += 1) {
    const time = withoutFirst(words.slice(at));
    const span = time.length === 0 ? null : parseDatePhrase(time.join(" "), asked);
    if (span !== null) return { name: words.slice(0, at).join(" "), span };
  }
  return { name: text, span: null };
}

function withoutFirst(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !BETWEEN.has(word.toLowerCase()));
  // "in 2 hours" needs its first word.
  const isIn = words[first - 1]?.toLowerCase() === "in";
  return first === -1 ? [] : words.slice(isIn ? first - 1 : first);
}
