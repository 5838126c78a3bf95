import { expect, test } from "vitest";
import { csvText } from "./csv";

test("separators and quotes are quoted, formulas are text", () => {
  const text = csvText(
    ["name", "n"],
    [
      ['a "b", c', 1],
      ["=HYPERLINK(1)", null],
      ["-1+2", -3],
    ],
  );
  expect(text).toBe('name,n\n"a ""b"", c",1\n\'=HYPERLINK(1),\n\'-1+2,-3\n');
});
