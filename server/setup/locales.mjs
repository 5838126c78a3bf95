/**
 * The language of a request, for everything that renders it. Pages are rendered by code that knows no request (client
 * components on the server), so it travels in an AsyncLocalStorage and is met at `globalThis[Symbol.for("strata.language")]`,
 * which components/i18n/t.ts reads. In the browser a script of this module puts the catalogue at the same place.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { pseudo } from "./pseudo-locale.mjs";
import { ROOT } from "./report.mjs";

const LANGUAGE = Symbol.for("strata.language");
const COOKIE = /(?:^|;\s*)strata-locale=([\w-]+)/;
/** @type {AsyncLocalStorage<Catalogue>} */
const current = new AsyncLocalStorage();

/**
 * @typedef {object} Catalogue
 * @property {string} locale
 * @property {Readonly<Record<string, string>>} messages by their English text
 * @property {Readonly<Record<string, string>>} said sentences of the core by their wording
 * @property {string} src address of the script that brings it into the browser
 * @property {string} script
 */

/**
 * All catalogues but English, which has none, by locale.
 * @returns {ReadonlyMap<string, Catalogue>}
 */
export function readCatalogues() {
  const es = readMessages("es");
  const said = JSON.parse(readFileSync(path.join(ROOT, "components/i18n/said/es.json"), "utf8"));
  const accented = (/** @type {Record<string, string>} */ texts) =>
    Object.fromEntries(Object.keys(texts).map((text) => [text, pseudo(text)]));
  return new Map(
    [catalogue("es", es, said), catalogue("en-XA", accented(es), accented(said))].map((item) => [item.locale, item]),
  );
}

/**
 * The messages of one language, of all areas.
 * @param {string} locale
 * @returns {Record<string, string>}
 */
function readMessages(locale) {
  const folder = path.join(ROOT, "components/i18n", locale);
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.assign({}, ...files.map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"))));
}

/**
 * @param {string} locale
 * @param {Record<string, string>} messages
 * @param {Record<string, string>} said
 * @returns {Catalogue}
 */
function catalogue(locale, messages, said) {
  const language = JSON.stringify({ locale, messages, said });
  const script = `{const language=${language};globalThis[Symbol.for("strata.language")]=()=>language}`;
  const hash = createHash("sha256").update(script).digest("hex").slice(0, 12);
  return { locale, messages, said, src: `/messages/${locale}-${hash}.js`, script };
}

/**
 * A handler that answers with catalogues itself and runs `next` in the language of the request's cookie.
 * @param {import("./serve.mjs").Handler} next
 * @returns {import("./serve.mjs").Handler}
 */
export function inLanguageOfRequest(next) {
  const catalogues = readCatalogues();
  const bySrc = new Map([...catalogues.values()].map((item) => [item.src, item]));
  Reflect.set(globalThis, LANGUAGE, () => current.getStore());
  return (request, response) => {
    const wanted = bySrc.get(request.url ?? "");
    if (wanted !== undefined) {
      const isZipped = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
      response.writeHead(200, {
        "Content-Type": "text/javascript; charset=utf-8",
        Vary: "Accept-Encoding",
        ...(isZipped ? { "Content-Encoding": "gzip" } : {}),
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
      });
      return response.end(isZipped ? gzipSync(wanted.script) : wanted.script);
    }
    const language = catalogues.get(COOKIE.exec(request.headers.cookie ?? "")?.[1] ?? "");
    return language === undefined ? next(request, response) : current.run(language, () => next(request, response));
  };
}
