/**
 * `npm run docs`: write docs/reference, docs/compatibility.md and the schemas of the API's answers from the code. With `--check` nothing is written, and the exit code
 * is 1 when a page is stale, missing, or no longer made.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { answerSchemas } from "./reference/answer-schemas";
import { apiPage } from "./reference/api";
import { compatibilityPage } from "./reference/compatibility";
import { driverActionsPage } from "./reference/driver-actions";
import { environmentPage } from "./reference/environment";
import { errorCodesPage } from "./reference/error-codes";
import { statesPage } from "./reference/states";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = path.join(ROOT, "docs/reference");

const pages = new Map([
  ["../compatibility.md", compatibilityPage()],
  ["../../server/api/v1/answers.json", answerSchemas(ROOT)],
  ["api.md", apiPage(ROOT)],
  ["driver-actions.md", driverActionsPage(readFileSync(path.join(ROOT, "docs/drivers.md"), "utf8"))],
  ["environment.md", environmentPage(ROOT)],
  ["error-codes.md", errorCodesPage()],
  ["states.md", statesPage()],
]);

const present = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(".md")) : [];
const left = present.filter((file) => !pages.has(file));
const stale = [...pages].filter(([file, text]) => readPage(file) !== text);

if (process.argv.includes("--check")) {
  for (const file of [...stale.map(([name]) => name), ...left]) {
    console.log(`${path.join("docs/reference", file)} is not what the code says. Run: npm run docs`);
  }
  process.exitCode = stale.length + left.length === 0 ? 0 : 1;
} else {
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, text] of stale) writeFileSync(path.join(FOLDER, file), text);
  for (const file of left) rmSync(path.join(FOLDER, file));
  console.log(`docs/reference: ${pages.size} pages, ${stale.length + left.length} changed`);
}

function readPage(file: string): string | null {
  const page = path.join(FOLDER, file);
  return existsSync(page) ? readFileSync(page, "utf8") : null;
}
