import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { text } from "../domain/template";
import { builtDocument } from "../domain/xml/builder";
import { driverData } from "../domain/xml/driver-data";
import { templateElement } from "../domain/xml/template-xml";
import { maskTemplate, revealSecrets, sealTemplate } from "./secrets";

const SECRET = "pass & <word> ]]> é";
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "strata-secrets-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function sealedDatastore(id: number): Promise<string> {
  const template = await sealTemplate(home, id, { RESTIC_PASSWORD: [SECRET], NAME: ["x"] });
  return `<DATASTORE><ID>${id}</ID>${templateElement("TEMPLATE", template).xml}</DATASTORE>`;
}

test("a sealed password is opened in the document of its own datastore only", async () => {
  const datastore = await sealedDatastore(7);
  expect(datastore).not.toContain("pass");
  const opened = await revealSecrets(home, driverData(builtDocument(datastore)).xml);
  expect(opened).toContain("<RESTIC_PASSWORD>pass &amp; &lt;word&gt; ]]&gt; é</RESTIC_PASSWORD>");
  await expect(revealSecrets(home, datastore.replace("<ID>7</ID>", "<ID>8</ID>"))).rejects.toMatchObject({
    code: "SECRET_KEY",
  });
  // Put into another attribute or into a VM, it stays sealed.
  const sealed = text(await sealTemplate(home, 7, { RESTIC_PASSWORD: [SECRET] }), "RESTIC_PASSWORD") ?? "";
  const elsewhere = `<VM><RESTIC_PASSWORD>${sealed}</RESTIC_PASSWORD></VM><DATASTORE><ID>7</ID><NOTE>${sealed}</NOTE></DATASTORE>`;
  expect(await revealSecrets(home, elsewhere)).toBe(elsewhere);
});

test("the key is made once, for its owner alone, and another key is refused", async () => {
  const datastore = await sealedDatastore(1);
  const file = join(home, "secret_key");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const key = await readFile(file, "utf8");
  await sealedDatastore(2);
  expect(await readFile(file, "utf8")).toBe(key);
  await writeFile(file, "00".repeat(32));
  await expect(revealSecrets(home, datastore)).rejects.toMatchObject({ code: "SECRET_KEY" });
  await rm(file);
  await expect(revealSecrets(home, datastore)).rejects.toMatchObject({ code: "SECRET_KEY" });
});

test("people see stars", () => {
  expect(maskTemplate({ RESTIC_PASSWORD: ["sealed-1:x"], RESTIC_BWLIMIT: ["5"] })).toEqual({
    RESTIC_PASSWORD: ["***"],
    RESTIC_BWLIMIT: ["5"],
  });
});
