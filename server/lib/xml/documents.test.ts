import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBackupConfigVector } from "../../domain/backup-config-merge";
import type { Template } from "../../domain/template";
import { withoutForbidden } from "../../domain/xml/builder";
import { datastoreXml } from "../../domain/xml/datastore";
import { driverData } from "../../domain/xml/driver-data";
import { imageXml } from "../../domain/xml/image";
import { templateElement } from "../../domain/xml/template-xml";
import { vmXml } from "../../domain/xml/vm";
import { BACKUP_IMAGE, BARE_VM, DATASTORE, VM } from "./document-samples";
import { child, childText, parseXml, templateOf } from "./parse";
import { parseVmDocument } from "./vm-document";

describe("VM document", () => {
  it("comes back with everything a restore needs", () => {
    const parsed = parseVmDocument(vmXml(VM).xml);
    expect(parsed).toMatchObject({
      id: 7,
      name: VM.name,
      uid: 2,
      gid: 100,
      userName: "ana",
      groupName: "users",
      deployId: "one-7",
      state: 3,
      lcmState: 70,
      backupIds: [9, 11],
      placement: { hostName: "node2", hostId: 3, datastoreId: 104, tmMad: "ssh" },
    });
    expect(parsed.template).toEqual({ ...VM.template, TM_MAD_SYSTEM: ["qcow2"], VMID: ["7"] });
    const { "0ODD": _renamed, ...rest } = VM.userTemplate;
    expect(parsed.userTemplate).toEqual({ ...rest, _0ODD: ["1"], ERROR: [VM.error] });
    expect(parsed.backupConfig).toMatchObject({ LAST_INCREMENT_ID: "2", INCREMENTAL_BACKUP_ID: "11" });
    expect(parseBackupConfigVector(parsed.backupConfig)).toMatchObject({ mode: "INCREMENT", diskIds: [0, 2] });
  });

  it("of a bare VM", () => {
    expect(parseVmDocument(`\n${vmXml(BARE_VM).xml}\n`)).toMatchObject({
      id: 0,
      template: { TM_MAD_SYSTEM: ["shared"], VMID: ["0"] },
      userTemplate: {},
      backupConfig: {},
      backupIds: [],
      placement: null,
    });
  });

  it("reads a document of the reference, with line breaks between elements", () => {
    const xml = `<VM>
  <ID>13</ID>
  <NAME>alpine</NAME>
  <TEMPLATE>
    <CPU><![CDATA[1]]></CPU>
    <DISK>
      <DISK_ID><![CDATA[0]]></DISK_ID>
    </DISK>
  </TEMPLATE>
  <BACKUPS>
    <BACKUP_CONFIG>
    </BACKUP_CONFIG>
    <BACKUP_IDS/>
  </BACKUPS>
</VM>`;
    expect(parseVmDocument(xml)).toMatchObject({
      id: 13,
      name: "alpine",
      uid: -1,
      template: { CPU: ["1"], DISK: [{ DISK_ID: "0" }] },
      userTemplate: {},
      backupConfig: {},
    });
  });

  it.each(["<IMAGE><ID>1</ID></IMAGE>", "<VM></VM>", "<VM><ID>-1</ID></VM>", "<VM><ID>1e3</ID></VM>"])(
    "refuses %s",
    (xml) => {
      expect(() => parseVmDocument(xml)).toThrow(expect.objectContaining({ code: "XML_MALFORMED" }));
    },
  );
});

describe("IMAGE and DATASTORE documents", () => {
  it("carry what the drivers look for", () => {
    const root = parseXml(driverData(imageXml(BACKUP_IMAGE), datastoreXml(DATASTORE)).xml);
    expect(root.children.map((node) => node.name)).toEqual(["IMAGE", "DATASTORE"]);
    expect(childText(root, "IMAGE", "VMS", "ID")).toBe("7");
    expect(childText(root, "IMAGE", "TEMPLATE", "BACKUP_JOB_ID")).toBe("3");
    expect(childText(root, "IMAGE", "TEMPLATE", "ERROR")).toBe("last flatten failed");
    const image = child(root, "IMAGE");
    const increments = image && child(image, "BACKUP_INCREMENTS");
    expect(increments?.children.map((node) => [childText(node, "ID"), childText(node, "SOURCE")])).toEqual([
      ["0", "aabbcc"],
      ["1", "ddeeff"],
    ]);
    expect(childText(root, "DATASTORE", "TEMPLATE", "RSYNC_HOST")).toBe("localhost");
    expect(childText(root, "DATASTORE", "TYPE")).toBe("3");
  });
});

describe("templates, built and parsed", () => {
  it("come back, with only what XML cannot hold replaced", () => {
    const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/).filter((text) => text !== "__PROTO__");
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."]>&<;#x0\r\n\t\u0000\ud800 \"'") }),
    );
    const vector = fc.dictionary(name, value, { minKeys: 1, maxKeys: 3 });
    const template = fc.dictionary(name, fc.array(fc.oneof(value, vector), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(template, (made) => {
        expect(templateOf(parseXml(templateElement("T", made).xml))).toEqual(clean(made));
      }),
      { numRuns: 500 },
    );
  });
});

function clean(template: Template): Template {
  return Object.fromEntries(
    Object.entries(template).map(([name, values]) => [
      name,
      values.map((value) =>
        typeof value === "string"
          ? withoutForbidden(value)
          : Object.fromEntries(Object.entries(value).map(([key, text]) => [key, withoutForbidden(text)])),
      ),
    ]),
  );
}
