import { describe, expect, it } from "vitest";
import { DriverError } from "./action";
import { MAX_XML_BYTES, parseXml } from "./xml";

describe("parseXml", () => {
  it("reads text by path and lists elements in document order", () => {
    const root = parseXml("<VM><ID>7</ID><TEMPLATE><DISK><ID>0</ID></DISK><X/><DISK><ID>2</ID></DISK></TEMPLATE></VM>");
    expect(root.name).toBe("VM");
    expect(root.text("ID")).toBe("7");
    expect(root.all("TEMPLATE/DISK").map((disk) => disk.text("ID"))).toEqual(["0", "2"]);
    expect(root.text("TEMPLATE/NIC/IP")).toBe("");
    expect(root.first("NOPE")).toBeNull();
  });

  it("decodes the entities of XML once and takes CDATA literally", () => {
    const root = parseXml("<a><b>&lt;x&gt; &amp;lt; &#65;&#x42;</b><c><![CDATA[<&amp;>]]></c></a>");
    expect(root.text("b")).toBe("<x> &lt; AB");
    expect(root.text("c")).toBe("<&amp;>");
  });

  it("reads attributes as text, decoded once", () => {
    const root = parseXml(`<a n='007' q="&amp;lt;&#39;"><b/><x:c d='e'/></a>`);
    expect([root.attribute("n"), root.attribute("q"), root.attribute("none")]).toEqual(["007", "&lt;'", ""]);
    expect(root.children().map((each) => [each.name, each.attribute("d")])).toEqual([
      ["b", ""],
      ["x:c", "e"],
    ]);
  });

  it("keeps numbers as they are written", () => {
    expect(parseXml("<a>007</a>").value).toBe("007");
    expect(parseXml("<a>1e5</a>").value).toBe("1e5");
  });

  it("is not confused by names of Object.prototype", () => {
    const root = parseXml("<a><b>x</b></a>");
    expect(root.text("constructor")).toBe("");
    expect(() => parseXml("<a><__proto__>x</__proto__></a>")).toThrow(DriverError);
  });

  it.each([
    ["billion laughs", '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>', /DOCTYPE/],
    ["external entity", '<!doctype x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', /DOCTYPE/],
    ["unbalanced tags", "<a><b></a>", /cannot be read/],
    ["two roots", "<a/><b/>", /cannot be read|single root/],
    ["nothing", "", /cannot be read|single root/],
    ["no element", "hello", /cannot be read|single root/],
    ["deep nesting", `${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`, /[Nn]ested t/],
    ["too large", `<a>${"x".repeat(MAX_XML_BYTES)}</a>`, /larger than/],
    ["unclosed comments", `<a>${"<!--".repeat(200_000)}</a>`, /cannot be read/],
  ])("refuses %s", (_name, xml, reason) => {
    expect(() => parseXml(xml)).toThrow(reason);
  });
});
