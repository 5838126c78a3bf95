import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "./errors";
import { mergeTemplate, parseTemplate, printTemplate } from "./one-template";
import type { Template } from "./template";

describe("parseTemplate", () => {
  it.each<[string, string, Template]>([
    ["nothing", "", {}],
    ["only blanks and comments", " \n# CPU = 1\n\t # x\n", {}],
    ["bare value", "CPU = 1", { CPU: ["1"] }],
    ["no blanks", "CPU=1\nMEMORY=2", { CPU: ["1"], MEMORY: ["2"] }],
    ["names are upper-cased, also in vectors", "cpu=1\nDisk=[size=2]", { CPU: ["1"], DISK: [{ SIZE: "2" }] }],
    ["quotes, escapes and line breaks", 'A = "x \\"y\\"\nz"', { A: ['x "y"\nz'] }],
    ["a backslash is itself", 'A = "C:\\dir\\new"', { A: ["C:\\dir\\new"] }],
    ["pairs of backslashes before the closing quote", 'A = "x\\\\"\nB=1', { A: ["x\\"], B: ["1"] }],
    ["comment signs and brackets inside quotes", 'A = "#[=],"', { A: ["#[=],"] }],
    ["signs of numbers", "A = +3600\nB = -1", { A: ["+3600"], B: ["-1"] }],
    ["empty value at the end of line", "A =\nB = \r\nC=", { A: [""], B: [""], C: [""] }],
    ["empty quotes", 'A = ""', { A: [""] }],
    ["empty vector", "DISK=[]\nNIC = [ ]", { DISK: [{}], NIC: [{}] }],
    ["vector over lines with a comment", 'D=[\n # no\n A = 1,\n B = "x" ]', { D: [{ A: "1", B: "x" }] }],
    ["empty values in a vector", "D=[A=,B=\n]", { D: [{ A: "", B: "" }] }],
    ["first key of a vector is kept", "D=[A=1,a=2]", { D: [{ A: "1" }] }],
    ["a repeated name gives several values", "D=[A=1]\nX=1\nD=[A=2]", { D: [{ A: "1" }, { A: "2" }], X: ["1"] }],
    ["quoted names", 'BACKUP_CONFIG = ["MODE"="INCREMENT"]', { BACKUP_CONFIG: [{ MODE: "INCREMENT" }] }],
    ["stray characters", ";CPU = 1;\n%$ MEMORY = 2", { CPU: ["1;"], MEMORY: ["2"] }],
    ["attributes on one line", "A=1 B=2", { A: ["1"], B: ["2"] }],
    ["a bare value ends at a sign", "D=[A=1,B=2]", { D: [{ A: "1", B: "2" }] }],
    ["windows line ends", "A=1\r\nB=[C=2]\r\n", { A: ["1"], B: [{ C: "2" }] }],
    [
      "names of the prototype",
      "__proto__=1\nconstructor=[toString=2]",
      {
        __PROTO__: ["1"],
        CONSTRUCTOR: [{ TOSTRING: "2" }],
      },
    ],
  ])("%s", (_name, input, expected) => {
    expect(parseTemplate(input)).toEqual(expected);
  });

  it("keeps attributes sorted by name", () => {
    expect(Object.keys(parseTemplate("B=1\nA=1\nA_=1\nAB=1"))).toEqual(["A", "AB", "A_", "B"]);
  });

  it.each([
    ["CPU", 1, 4, "end of text"],
    ["A=1\n=2", 2, 1, 'unexpected "="'],
    ["A = b c", 1, 8, "end of text"],
    ["A = [ B = 1", 1, 12, 'expected "," or "]"'],
    ["A = [ B = 1 C = 2 ]", 1, 13, 'expected "," or "]"'],
    ["A = [ B = 1, ]", 1, 14, 'unexpected "]"'],
    ["A = [ B = [ C = 1 ] ]", 1, 11, 'unexpected "["'],
    ['A = 1\nB = "x\ny', 2, 5, "not closed"],
    ["A = x,y", 1, 6, 'unexpected ","'],
    ['A = "x]]>y"', 1, 5, "]]>"],
  ])("refuses %j", (input, line, column, message) => {
    try {
      parseTemplate(input);
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: "TEMPLATE_SYNTAX", data: { line, column } });
      expect(String(error)).toContain(message);
      return;
    }
    expect.unreachable("parsed");
  });

  it("throws nothing but TEMPLATE_SYNTAX, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'A=[],"\\# \n<>é1') }), (input) => {
        try {
          expect(printTemplate(parseTemplate(input))).toBeTypeOf("string");
        } catch (error) {
          expect(error).toMatchObject({ code: "TEMPLATE_SYNTAX" });
        }
      }),
    );
  });

  it.each([
    ["quotes", '"'],
    ["escapes", '\\"'],
    ["backslashes", "\\"],
    ["comments", "#\n"],
    ["brackets", "A=["],
  ])("takes linear time on 500 kB of %s", (_name, piece) => {
    const input = `A = "${piece.repeat(500_000 / piece.length)}`;
    const started = performance.now();
    try {
      parseTemplate(input);
    } catch {
      // Refusing is fine; hanging is not.
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("printTemplate", () => {
  it("prints sorted, quoted, vectors over lines", () => {
    const template: Template = { B: ['say "hi"'], A: [{ Y: "2", X: "1" }, {}], C: ["1", "2"] };
    expect(printTemplate(template)).toBe('A=[\n  X="1",\n  Y="2" ]\nA=[ ]\nB="say \\"hi\\""\nC="1"\nC="2"\n');
    expect(printTemplate({})).toBe("");
  });

  it("parses back to the same template", () => {
    const name = fc.stringMatching(/^[A-Z0-9_]{1,12}$/);
    const value = fc
      .oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'\\"\n\r #=[],]>x') }))
      .filter((text) => !text.includes("]]>"));
    const vector = fc.dictionary(name, value, { maxKeys: 4 });
    const template = fc.dictionary(name, fc.array(fc.oneof(value, vector), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(template, (t) => {
        expect(parseTemplate(printTemplate(t))).toEqual(plain(t));
      }),
      { numRuns: 500 },
    );
  });
});

/** Same content with ordinary prototypes, as the parser makes it. */
function plain(template: Template): unknown {
  return JSON.parse(JSON.stringify(template));
}

it("prints 500 kB of backslashes in linear time", () => {
  const value = `${"\\".repeat(500_000)}x"`;
  const started = performance.now();
  expect(parseTemplate(printTemplate({ A: [value] }))).toEqual({ A: [value] });
  expect(performance.now() - started).toBeLessThan(2000);
});

describe("mergeTemplate", () => {
  const base: Template = { CPU: ["1"], DISK: [{ A: "1" }, { A: "2" }], NOTE: ["x"] };
  it.each<[string, Template, "replace" | "append", Template]>([
    ["replace", { MEMORY: ["1"] }, "replace", { MEMORY: ["1"] }],
    ["append adds", { MEMORY: ["1"] }, "append", { ...base, MEMORY: ["1"] }],
    ["append removes all of the name first", { DISK: [{ A: "9" }] }, "append", { ...base, DISK: [{ A: "9" }] }],
    ["an empty vector only removes", { DISK: [{}], X: [{}] }, "append", { CPU: ["1"], NOTE: ["x"] }],
    ["an empty text stays", { NOTE: [""] }, "append", { ...base, NOTE: [""] }],
  ])("%s", (_name, update, mode, expected) => {
    expect(mergeTemplate(base, update, mode)).toEqual(expected);
  });
});
