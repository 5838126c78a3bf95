import { expect, test } from "vitest";
import { hasVmTerm, parseVmQuery, toggleVmTerm, vmQueryTerm } from "./vm-query";

test("words, conditions, quotes and minus", () => {
  expect(parseVmQuery('web-01 Status:LATE -job:nightly owner:"Ana Ruiz" chain:>14')).toEqual({
    terms: [
      { field: "text", value: "web-01", isNot: false },
      { field: "status", value: "late", isNot: false },
      { field: "job", value: "nightly", isNot: true },
      { field: "owner", value: "ana ruiz", isNot: false },
      { field: "chain", value: ">14", isNot: false },
    ],
    problems: [],
  });
  expect(parseVmQuery("  ").terms).toEqual([]);
  expect(parseVmQuery("-old").terms).toEqual([{ field: "text", value: "old", isNot: true }]);
});

test("what cannot be understood is told and asks for nothing", () => {
  const { terms, problems } = parseVmQuery("colour:red status:fine chain:long disk:raw");
  expect(terms).toEqual([{ field: "disk", value: "raw", isNot: false }]);
  expect(problems).toHaveLength(3);
  expect(parseVmQuery(Array.from({ length: 30 }, (_, n) => `w${n}`).join(" "))).toMatchObject({
    problems: ["Only the first 20 conditions count."],
    terms: { length: 20 },
  });
});

test("a written term is read back", () => {
  for (const value of ["ana", "night shift", 'a "b" c']) {
    expect(parseVmQuery(vmQueryTerm("job", value)).terms).toEqual([
      { field: "job", value: value.replaceAll('"', ""), isNot: false },
    ]);
  }
});

test("a condition is put in and taken out, and what was typed beside it stays", () => {
  const text = 'web "my vm" -job:nightly';
  const more = toggleVmTerm(text, "owner", "=Ana Ruiz");
  expect(more).toBe('web "my vm" -job:nightly owner:"=Ana Ruiz"');
  expect(hasVmTerm(more, "owner", "=ana ruiz")).toBe(true);
  expect(hasVmTerm(text, "job", "nightly")).toBe(false);
  expect(toggleVmTerm(more, "owner", "=ANA RUIZ")).toBe(text);
});
