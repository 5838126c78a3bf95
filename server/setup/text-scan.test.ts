import { describe, expect, test } from "vitest";
import { pseudo } from "./pseudo-locale.mjs";
import { parseSource, scan } from "./text-scan.mjs";

const bareIn = (code: string) => scan(parseSource("a.tsx", code)).bare.map(({ text }) => text);

describe("a bare text is found", () => {
  test.each([
    ["const A = () => <p>Two words</p>;", ["Two words"]],
    ['const A = () => <Field label="name" />;', ['"name"']],
    ['const A = () => <p>{isOpen ? "open" : null}</p>;', ['"open"']],
    ['const WORDS = { full: "Full" };', ['"Full"']],
    ['toast("It is done");', ['"It is done"']],
    ["const A = () => <Notice title={`Disk ${id}`} />;", ["`Disk ${id}`"]],
    ['function stateWord() { return "late"; }', ['"late"']],
    ['z.string().min(1, "Give a name");', ['"Give a name"']],
  ])("%s", (code, texts) => {
    expect(bareIn(code)).toEqual(texts);
  });
});

describe("code is left alone", () => {
  test.each([
    ['const A = () => <p className="flex items-center gap-2">{t("Two words")}</p>;'],
    ['if (state === "Some words") go("/vms");'],
    ["const A = () => <code>some words</code>;"],
    ['const A = () => <span lang="es">Español</span>;'],
    ['const WORDS = words({ full: "Full" });'],
    ['const STATES = ["RUNNING", "FAILED"];'],
    ["// Not a text.\nconst line = `curl --header ${x} for this`;"],
    ['throw new Error("This is for programmers");'],
  ])("%s", (code) => {
    expect(bareIn(code)).toEqual([]);
  });
});

test("messages are read with what they are given", () => {
  const found = scan(parseSource("a.tsx", 'const f = () => t("{n} of {all}", { n, all: 2 });'));
  expect(found.messages).toEqual([{ text: "{n} of {all}", values: ["n", "all"], line: 1 }]);
  expect(found.problems).toEqual([]);
});

test.each([
  ['const WORD = t("Full");', /before there is a reader/],
  ['const LIST = KEYS.map((key) => t("Go to {key}", { key }));', /before there is a reader/],
  ["const f = () => t(text);", /must be a literal/],
])("%s is refused", (code, problem) => {
  expect(scan(parseSource("a.tsx", code)).problems[0]?.text).toMatch(problem);
});

test("the pseudo-locale leaves arguments, cases and tags alone", () => {
  expect(pseudo("{n, plural, one {# point} other {{n} points}} of <b>it</b>")).toBe(
    "{n, plural, one {# þöîñţ} other {{n} þöîñţš}} öƒ <b>îţ</b>",
  );
});
