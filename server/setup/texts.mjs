/**
 * Part of `npm run check`: every text on screen is translated. Reads the sources (text-scan.mjs) and the catalogues in
 * components/i18n. `--missing` prints the messages without Spanish as JSON, by folder, to be filled in.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import compile from "icu-minify/compile";
import { ROOT, runMain, say } from "./report.mjs";
import { parseSource, scan } from "./text-scan.mjs";

/** Not pages, and data of tests and of the demo. */
const SKIPPED = /\.test\.ts$|\/route\.ts$|\/sample-[\w-]+\.ts$|^components\/i18n\//;
const CATALOGUE = "components/i18n/es";

await runMain(import.meta.url, async () => {
  const { messages, problems } = readSources();
  const { spanish, problems: double } = readCatalogue();
  problems.push(...double);
  /** @type {Record<string, Record<string, string>>} */
  const missing = {};
  for (const [text, { place, values }] of messages) {
    const translation = spanish.get(text);
    const wanted = argumentsOf(text, values, `${place}: `, problems);
    if (translation === undefined) {
      const area = path.dirname(place).split("/")[1] ?? "layout";
      missing[area] = { ...missing[area], [text]: "" };
    } else if (wanted !== null) {
      const given = argumentsOf(translation, values, `${CATALOGUE}: `, problems);
      if (given !== null && given !== wanted)
        problems.push(`${CATALOGUE}: "${translation}" has ${given || "no arguments"}, not ${wanted}`);
    }
  }
  for (const text of spanish.keys()) {
    if (!messages.has(text)) problems.push(`${CATALOGUE}: "${text}" is used nowhere`);
  }
  problems.push(...staleWordings());
  if (process.argv.includes("--missing")) return void process.stdout.write(`${JSON.stringify(missing, null, 1)}\n`);
  for (const [area, texts] of Object.entries(missing)) {
    for (const text of Object.keys(texts)) problems.push(`${area}: "${text}" has no Spanish in ${CATALOGUE}`);
  }
  for (const problem of problems) say(problem);
  say(`${messages.size} texts, ${problems.length} problems. How to write a text: ARCHITECTURE.md, "Texts on screen".`);
  process.exitCode = problems.length === 0 ? 0 : 1;
});

/** @returns {{ messages: Map<string, { place: string, values: string[] }>, problems: string[] }} */
function readSources() {
  const messages = new Map();
  /** @type {string[]} */
  const problems = [];
  for (const folder of ["app", "components"]) {
    for (const entry of readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).sort()) {
      const name = `${folder}/${entry}`;
      if (!/\.tsx?$/.test(name) || SKIPPED.test(name)) continue;
      const found = scan(parseSource(name, readFileSync(path.join(ROOT, name), "utf8")));
      for (const { text, values, line } of found.messages) {
        const before = messages.get(text);
        messages.set(text, { place: before?.place ?? `${name}:${line}`, values });
        if (before !== undefined && (before.values.length === 0) !== (values.length === 0)) {
          problems.push(`${name}:${line}: "${text}" has values here and none elsewhere`);
        }
      }
      problems.push(...found.bare.map(({ text, line }) => `${name}:${line}: not translated: ${text}`));
      problems.push(...found.problems.map(({ text, line }) => `${name}:${line}: ${text}`));
    }
  }
  return { messages, problems };
}

/**
 * Wordings of the core that its sources have no more: the longest piece of literal text of each must still be there.
 * @returns {string[]}
 */
function staleWordings() {
  const wordings = Object.keys(JSON.parse(readFileSync(path.join(ROOT, "components/i18n/said/es.json"), "utf8")));
  const sources = ["domain", "core"].flatMap((folder) =>
    readdirSync(path.join(ROOT, "server", folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name))
      .map((name) => readFileSync(path.join(ROOT, "server", folder, name), "utf8")),
  );
  const all = sources.join("\n").replace(/\\(["'`])/g, "$1");
  const isThere = (/** @type {string} */ wording) =>
    wording
      .split(/\{\w+\}/)
      .flatMap((piece) => piece.trim().split(/(?<=[.;,]) /))
      .some((piece) => piece.length > 3 && all.includes(piece));
  return wordings
    .filter((wording) => !isThere(wording))
    .map((wording) => `components/i18n/said: "${wording}" is said nowhere`);
}

/** @returns {{ spanish: Map<string, string>, problems: string[] }} */
function readCatalogue() {
  const spanish = new Map();
  const problems = [];
  for (const name of readdirSync(path.join(ROOT, CATALOGUE)).sort()) {
    const texts = JSON.parse(readFileSync(path.join(ROOT, CATALOGUE, name), "utf8"));
    for (const [text, translation] of Object.entries(texts)) {
      if (spanish.has(text)) problems.push(`${CATALOGUE}/${name}: "${text}" is in another catalogue too`);
      if (typeof translation !== "string" || translation === "")
        problems.push(`${CATALOGUE}/${name}: "${text}" is empty`);
      spanish.set(text, translation);
    }
  }
  return { spanish, problems };
}

/**
 * The names of a message's arguments and tags, sorted; null when it is none: a message without values is not read as ICU.
 * @param {string} message
 * @param {readonly string[]} values what the call gives
 * @param {string} place
 * @param {string[]} problems
 */
function argumentsOf(message, values, place, problems) {
  if (values.length === 0) return null;
  /** @type {Set<string>} */
  const names = new Set();
  try {
    collect(compile(message), names);
  } catch (error) {
    problems.push(`${place}"${message}": ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
  const stranger = [...names].filter((name) => !values.includes(name));
  if (stranger.length > 0) problems.push(`${place}"${message}" asks for ${stranger.join(", ")}, which it is not given`);
  return [...names].sort().join(", ");
}

/**
 * @param {unknown} nodes a list as icu-minify compiles to: texts, 0 for `#`, [name], [name, kind, cases], [tag, ...content]
 * @param {Set<string>} names
 */
function collect(nodes, names) {
  if (!Array.isArray(nodes)) return;
  for (const node of nodes.filter(Array.isArray)) {
    const [name, kind, cases] = node;
    names.add(name);
    if (typeof kind === "number" && kind > 0) for (const each of Object.values(cases)) collect(each, names);
    else collect(node.slice(1), names);
  }
}
