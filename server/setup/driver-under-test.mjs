import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * @typedef {object} DriverUnderTest
 * @property {string} remotesDir folder with `datastore/<driver>/…` and `downloader/<driver>`
 * @property {string} driver
 * @property {string} datastoreXml DATASTORE element of an empty datastore that the suite may use
 * @property {string} host host of the VM, as argv has it
 */

/**
 * The driver that `STRATA_DRIVER_UNDER_TEST`, a JSON file, describes; null without it. Paths in it count from its folder.
 * @returns {DriverUnderTest | null}
 */
export function driverUnderTest() {
  const file = process.env.STRATA_DRIVER_UNDER_TEST ?? "";
  if (file === "") return null;
  const { remotesDir, driver, datastoreXml, host = "localhost" } = JSON.parse(readFileSync(file, "utf8"));
  for (const [name, value] of Object.entries({ remotesDir, driver, datastoreXml, host })) {
    if (typeof value !== "string" || value === "") throw new Error(`${file}: ${name} is missing`);
  }
  return { remotesDir: path.resolve(path.dirname(file), remotesDir), driver, datastoreXml, host };
}
