const ACCENTS = new Map(
  Object.entries({
    ...{ a: "å", b: "ƀ", c: "ç", d: "ð", e: "é", f: "ƒ", g: "ĝ", h: "ĥ", i: "î", j: "ĵ", k: "ķ", l: "ļ", m: "ɱ" },
    ...{ n: "ñ", o: "ö", p: "þ", q: "ɋ", r: "ŕ", s: "š", t: "ţ", u: "û", v: "ṽ", w: "ŵ", x: "ẋ", y: "ý", z: "ž" },
    ...{ A: "Å", B: "Ɓ", C: "Ç", D: "Ð", E: "É", F: "Ƒ", G: "Ĝ", H: "Ĥ", I: "Î", J: "Ĵ", K: "Ķ", L: "Ļ", M: "Ṁ" },
    ...{ N: "Ñ", O: "Ö", P: "Þ", Q: "Ɋ", R: "Ŕ", S: "Š", T: "Ţ", U: "Û", V: "Ṽ", W: "Ŵ", X: "Ẋ", Y: "Ý", Z: "Ž" },
  }),
);
/** What an ICU message holds beside text: `{name}`, `{name, plural, one {`, `} other {`, `<tag>`. */
const SYNTAX = /\{\s*\w+\s*\}|\{\s*\w+\s*,\s*\w+\s*,\s*(?:=?\w+)\s*\{|\}\s*(?:=?\w+)\s*\{|<\/?[a-zA-Z0-9]+>|\}\s*\}/g;

/**
 * A message in the pseudo-locale: every letter of the text has an accent, arguments and tags are left alone. What is on
 * screen without accents never went through the catalogue.
 * @param {string} message
 */
export function pseudo(message) {
  const accented = (/** @type {string} */ text) => text.replace(/[A-Za-z]/g, (letter) => ACCENTS.get(letter) ?? letter);
  let at = 0;
  let result = "";
  for (const match of message.matchAll(SYNTAX)) {
    result += accented(message.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return result + accented(message.slice(at));
}
