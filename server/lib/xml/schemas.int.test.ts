import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Xml } from "../../domain/xml/builder";
import { datastoreXml } from "../../domain/xml/datastore";
import { imageXml } from "../../domain/xml/image";
import { vmXml } from "../../domain/xml/vm";
import { run } from "../process";
import { BACKUP_IMAGE, BARE_VM, DATASTORE, DISK_IMAGE, VM } from "./document-samples";

/** Package libxml2-utils. */
const XMLLINT_TIMEOUT_MS = 20_000;
const SCHEMAS = path.join(import.meta.dirname, "../../domain/xml/schemas");

async function validate(document: Xml, schema: string): Promise<string> {
  const input = document.xml.replace(/^<([A-Z]+)>/, '<$1 xmlns="http://opennebula.org/XMLSchema">');
  const argv = ["xmllint", "--noout", "--nonet", "--schema", path.join(SCHEMAS, schema), "-"] as const;
  const result = await run(argv, { input, timeoutMs: XMLLINT_TIMEOUT_MS });
  expect(result.spawnError, "xmllint is missing: install libxml2-utils").toBeNull();
  return result.ok ? "valid" : result.stderr;
}

describe("documents validate against the schemas", () => {
  it.each<[string, Xml, string]>([
    ["a VM with everything", vmXml(VM), "vm.xsd"],
    ["a bare VM", vmXml(BARE_VM), "vm.xsd"],
    ["a backup image", imageXml(BACKUP_IMAGE), "image.xsd"],
    ["a disk image", imageXml(DISK_IMAGE), "image.xsd"],
    ["a datastore", datastoreXml(DATASTORE), "datastore.xsd"],
    [
      "hostile text",
      datastoreXml({ ...DATASTORE, name: "</NAME>\u0000&x;<!--", template: { A: ["]]>"] } }),
      "datastore.xsd",
    ],
  ])("%s", async (_name, document, schema) => {
    expect(await validate(document, schema)).toBe("valid");
  });

  it("notices a wrong order and a missing element", async () => {
    const { xml } = datastoreXml(DATASTORE);
    expect(await validate({ xml: xml.replace("<UID>2</UID>", "") }, "datastore.xsd")).toContain("UID");
    const swapped = xml.replace("<UID>2</UID><GID>100</GID>", "<GID>100</GID><UID>2</UID>");
    expect(await validate({ xml: swapped }, "datastore.xsd")).toContain("fails to validate");
  });
});
