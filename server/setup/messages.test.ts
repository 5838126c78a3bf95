import compile from "icu-minify/compile";
import { createElement, type ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, describe, expect, test } from "vitest";
import { parseMessage } from "../../components/i18n/parse-message";
import { rich, t, words } from "../../components/i18n/t";
import { readCatalogues } from "./locales.mjs";
import { pseudo } from "./pseudo-locale.mjs";

const LANGUAGE = Symbol.for("strata.language");
const speak = (locale: string, messages: Record<string, string>) =>
  Reflect.set(globalThis, LANGUAGE, () => ({ locale, messages }));
const html = (node: ReactNode) => renderToStaticMarkup(node);

afterEach(() => {
  Reflect.deleteProperty(globalThis, LANGUAGE);
});

describe("English", () => {
  test("is its own key, with arguments filled in", () => {
    const points = "{count, plural, one {# point} other {# points}} of {name}";
    expect(t("Restore")).toBe("Restore");
    expect(t(points, { count: 1, name: "web" })).toBe("1 point of web");
    expect(t(points, { count: 1200, name: "{x} <b>" })).toBe("1,200 points of {x} <b>");
    expect(t("{isOpen, select, yes {open} other {closed, {why}}}", { isOpen: "no", why: "it's full" })).toBe(
      "closed, it's full",
    );
  });

  test("a message without values is not read as ICU", () => {
    expect(t("{x} isn't <b>")).toBe("{x} isn't <b>");
  });

  test("elements stand in a sentence, and a value is never markup", () => {
    const link = (content: ReactNode) => createElement("a", { href: "/log" }, content);
    expect(html(rich("See <link>the log of {name}</link>, {n}.", { link, name: "<i>", n: 2 }))).toBe(
      'See <a href="/log">the log of &lt;i&gt;</a>, 2.',
    );
    expect(html(rich("At {time}, by {who}", { time: null, who: "me" }))).toBe("At , by me");
  });
});

test("a table is translated when it is read, not when it is made", () => {
  const table = words({ open: "Open", closed: "Closed" });
  speak("es", { Open: "Abierta" });
  expect(table).toEqual({ open: "Abierta", closed: "Closed" });
  Reflect.deleteProperty(globalThis, LANGUAGE);
  expect(table.open).toBe("Open");
});

test("Spanish has its own plural and order", () => {
  const key = "{count, plural, one {# point} other {# points}} of {name}";
  speak("es", { [key]: "{name}: {count, plural, one {# punto} other {# puntos}}" });
  expect(t(key, { count: 12_345, name: "web" })).toBe("web: 12.345 puntos");
});

test("our parser and FormatJS's agree on what both read", () => {
  const spanish = readCatalogues().get("es")?.messages ?? {};
  const samples = [
    "plain",
    "{n, plural, =0 {none} one {# {what}} other {{n} more}}, {x}",
    "<b>it's {a, select, yes {} other {'{no}'}}</b>''",
    "{a, select, yes {{n}} other {<b>{n}</b>}}, {b, plural, one {#} other {{a, select, x {1} other {}}}}",
    "{n, selectordinal, one {#st} other {#th}} '#'",
  ];
  const withArguments = Object.entries(spanish)
    .flat()
    .filter((message) => /\{|<[a-z]/.test(message));
  for (const message of [...samples, ...withArguments, ...withArguments.map(pseudo)]) {
    expect(parseMessage(message), message).toEqual(compile(message));
  }
});

test.each(["{", "{n, plural, one {a}}", "{n, date, short}", "a }", "<b>a"])("%s is refused", (message) => {
  expect(() => parseMessage(message)).toThrow();
});
