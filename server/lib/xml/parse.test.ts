import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { child, childText, idsOf, parseTemplateXml, parseXml, templateOf, vectorOf, XML_MAX_DEPTH } from "./parse";

describe("parseXml", () => {
  it("reads names, text, CDATA and references", () => {
    const root = parseXml(
      "<?xml version='1.0'?><!-- <!DOCTYPE no> --><A x='1>2'><B>a &amp;lt; &#13;&#xe9;&quot;</B>" +
        "<C><![CDATA[x]]]]><![CDATA[>y &amp; <!DOCTYPE html>]]></C><B> 2 </B><D/></A>",
    );
    expect(root.name).toBe("A");
    expect(root.children.map((node) => node.name)).toEqual(["B", "C", "B", "D"]);
    expect(childText(root, "B")).toBe('a &lt; \r\u00e9"');
    expect(childText(root, "C")).toBe("x]]>y &amp; <!DOCTYPE html>");
    expect(root.children[2]?.text).toBe(" 2 ");
    expect(child(root, "D")).toEqual({ name: "D", text: "", children: [] });
    expect(childText(root, "X", "Y")).toBeUndefined();
  });

  it.each([
    ["empty", ""],
    ["text", "x"],
    ["not closed", "<A><B></A>"],
    ["cut off", "<A><B></B"],
    ["two roots", "<A></A><B></B>"],
    ["a DTD", "<!DOCTYPE a [<!ENTITY x 'y'>]><A>&x;</A>"],
    ["an external entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><A/>'],
    ["a DTD after the declaration", "<?xml version='1.0'?><!DOCTYPE a><A/>"],
    ["a processing instruction", "<A><?php x?></A>"],
    ["a stylesheet", "<?xml-stylesheet href='x'?><A/>"],
    ["an open comment", "<A><!-- x</A>"],
    ["open CDATA", "<A><![CDATA[x</A>"],
    ["an open attribute", "<A x='></A>"],
    ["a prototype", "<A><__proto__>1</__proto__></A>"],
  ])("refuses %s", (_name, xml) => {
    expect(() => parseXml(xml)).toThrow(expect.objectContaining({ code: "XML_MALFORMED" }));
  });

  it("bounds size and depth", () => {
    const nested = (depth: number) => `${"<a>".repeat(depth)}${"</a>".repeat(depth)}`;
    expect(parseXml(nested(XML_MAX_DEPTH)).name).toBe("a");
    expect(() => parseXml(nested(XML_MAX_DEPTH + 1))).toThrow("nested deeper");
    expect(() => parseXml(nested(100_000))).toThrow("nested deeper");
    expect(() => parseXml(`<A>${"é".repeat(60)}</A>`, { maxBytes: 100 })).toThrow("too large");
    expect(parseXml(`<A>${"é".repeat(40)}</A>`, { maxBytes: 100 }).text).toHaveLength(40);
  });

  it("throws nothing but XML_MALFORMED", () => {
    const piece = fc.constantFrom(
      "<A>",
      "</A>",
      "<B/>",
      "<![CDATA[",
      "]]>",
      "<!--",
      "-->",
      "<!",
      "<?",
      "&",
      "&#0;",
      "x",
      "'",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          expect(parseXml(pieces.join("")).name).toMatch(/^[AB]$/);
        } catch (error) {
          expect(error).toMatchObject({ code: "XML_MALFORMED" });
        }
      }),
    );
  });
});

describe("templates", () => {
  it("reads texts and vectors, upper-cased, repeated names in order", () => {
    const xml = "<T><cpu>1</cpu><DISK><size>1</size><SIZE>2</SIZE></DISK><DISK><X><Y>deep</Y></X></DISK><E/></T>";
    const expected = { CPU: ["1"], DISK: [{ SIZE: "1" }, { X: "" }], E: [""] };
    expect(templateOf(parseXml(xml))).toEqual(expected);
    expect(parseTemplateXml(`\n ${xml}\n`)).toEqual(expected);
    expect(templateOf(undefined)).toEqual({});
    expect(vectorOf(undefined)).toEqual({});
  });

  it("takes linear time on many values of one name", () => {
    const started = performance.now();
    expect(templateOf(parseXml(`<T>${"<A/>".repeat(50_000)}</T>`))["A"]).toHaveLength(50_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("reads sets of ids", () => {
    expect(idsOf(parseXml("<S><ID>3</ID><ID>x</ID><ID>10</ID></S>"))).toEqual([3, 10]);
    expect(idsOf(undefined)).toEqual([]);
  });
});
