import { expect, test } from "vitest";
import { parseVmQuery, vmQueryTerm } from "./vm-query";

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
