import { language } from "./t";

interface Pattern {
  matches: RegExp;
  names: readonly string[];
  translation: string;
}

const patterns = new WeakMap<object, readonly Pattern[]>();

/**
 * A sentence that the core has made (an error, a check of a plan, a reason), in the reader's language. It comes finished
 * and in English: it is recognised by its wording, and what fills it is translated in the same way. What is not
 * recognised stays English (docs/limits.md). The wordings are in components/i18n/said.
 */
export function said(sentence: string): string {
  const known = language().said;
  if (known === undefined || sentence === "") return sentence;
  const whole = known[sentence];
  if (whole !== undefined) return whole;
  for (const { matches, names, translation } of patternsOf(known)) {
    const values = matches.exec(sentence)?.slice(1);
    if (values === undefined) continue;
    return translation.replace(/\{(\w+)\}/g, (mark, name: string) => {
      const value = values[names.indexOf(name)];
      return value === undefined ? mark : said(value);
    });
  }
  return sentence;
}

/** The most literal first: "Disk {a} of {b} is gone." before "{what} is gone.". */
function patternsOf(known: Readonly<Record<string, string>>): readonly Pattern[] {
  const made = patterns.get(known);
  if (made !== undefined) return made;
  const literal = (wording: string) => wording.replace(/\{\w+\}/g, "").length;
  const list = Object.entries(known)
    .filter(([wording]) => /\{\w+\}/.test(wording))
    .sort(([a], [b]) => literal(b) - literal(a))
    .map(([wording, translation]) => ({
      matches: new RegExp(`^${wording.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "([^]+?)")}$`),
      names: [...wording.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""),
      translation,
    }));
  patterns.set(known, list);
  return list;
}
