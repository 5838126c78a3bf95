import { describe, expect, it } from "vitest";
import { builtDocument, cdataElement, element, elementName, epochSeconds, idsElement } from "./builder";
import { driverData, extraData, statImage } from "./driver-data";
import { templateElement } from "./template-xml";

describe("element", () => {
  it.each([
    ["text", element("A", "x"), "<A>x</A>"],
    ["nothing", element("A"), "<A></A>"],
    ["number", element("A", -1), "<A>-1</A>"],
    ["escapes", element("A", `<&>"'`), "<A>&lt;&amp;&gt;&quot;'</A>"],
    ["a carriage return survives", element("A", "a\r\nb\t"), "<A>a&#13;\nb\t</A>"],
    [
      "forbidden characters",
      element("A", "a\u0000\u001b\ufffe\ud800b\u{1f600}"),
      "<A>a\ufffd\ufffd\ufffd\ufffdb\u{1f600}</A>",
    ],
    ["children", element("A", [element("B", 1), element("C", "<")]), "<A><B>1</B><C>&lt;</C></A>"],
    ["one child", element("A", element("B")), "<A><B></B></A>"],
    ["a stored document", element("A", builtDocument("<B/>")), "<A><B/></A>"],
    ["ids", idsElement("VMS", [3, 1]), "<VMS><ID>3</ID><ID>1</ID></VMS>"],
  ])("%s", (_name, made, expected) => expect(made.xml).toBe(expected));
});

describe("cdataElement", () => {
  it.each([
    ["plain", "a <b> & c", "<A><![CDATA[a <b> & c]]></A>"],
    ["empty", "", "<A></A>"],
    ["end of CDATA inside", "x]]>y", "<A>x]]&gt;y</A>"],
    ["carriage return", "a\r\nb", "<A>a&#13;\nb</A>"],
    ["forbidden", "a\u0001b", "<A><![CDATA[a\ufffdb]]></A>"],
  ])("%s", (_name, text, expected) => expect(cdataElement("A", text).xml).toBe(expected));
});

describe("elementName", () => {
  it.each([
    ["DISK_0", "DISK_0"],
    ["0ABC", "_0ABC"],
    ["A B", "A_B"],
    ["A><script", "A__script"],
    ["", "_"],
    ["-x", "_-x"],
  ])("%j", (name, expected) => expect(elementName(name)).toBe(expected));
});

describe("templateElement", () => {
  it("sorts by name, keeps repeated values in order, and obeys a schema's order", () => {
    const template = { B: ["1"], Z: ["9"], A: [{ Y: "2", X: "1" }, "3"], C: ["4"] };
    expect(templateElement("T", template).xml).toBe(
      "<T><A><X><![CDATA[1]]></X><Y><![CDATA[2]]></Y></A><A><![CDATA[3]]></A><B><![CDATA[1]]></B><C><![CDATA[4]]></C>" +
        "<Z><![CDATA[9]]></Z></T>",
    );
    expect(templateElement("T", { A: ["1"], B: ["2"], C: ["3"] }, { order: ["C", "B"] }).xml).toBe(
      "<T><C><![CDATA[3]]></C><B><![CDATA[2]]></B><A><![CDATA[1]]></A></T>",
    );
    expect(templateElement("T", { A: ["1"], B: ["2"] }, { last: ["A"] }).xml).toBe(
      "<T><B><![CDATA[2]]></B><A><![CDATA[1]]></A></T>",
    );
  });
});

describe("driver documents", () => {
  it("wrap their parts in order", () => {
    expect(driverData(element("IMAGE"), element("DATASTORE"), extraData({ BACKUP_ID: "aa", KEEP_LAST: 4 })).xml).toBe(
      "<DS_DRIVER_ACTION_DATA><IMAGE></IMAGE><DATASTORE></DATASTORE><EXTRA_DATA><BACKUP_ID>aa</BACKUP_ID>" +
        "<KEEP_LAST>4</KEEP_LAST></EXTRA_DATA></DS_DRIVER_ACTION_DATA>",
    );
    expect(extraData(element("DATASTORE", "x")).xml).toBe("<EXTRA_DATA><DATASTORE>x</DATASTORE></EXTRA_DATA>");
    expect(statImage("rsync://1//0:aa/p").xml).toBe("<IMAGE><PATH><![CDATA[rsync://1//0:aa/p]]></PATH></IMAGE>");
    expect(statImage("/p", 5).xml).toBe("<IMAGE><PATH><![CDATA[/p]]></PATH><SIZE>5</SIZE></IMAGE>");
  });
});

it("times are whole seconds, 0 for never", () => {
  expect(epochSeconds(1999)).toBe(1);
  expect(epochSeconds(null)).toBe(0);
});
