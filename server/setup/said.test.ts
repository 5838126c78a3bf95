import { afterEach, expect, test } from "vitest";
import { said } from "../../components/i18n/said";
import { ERRORS } from "../domain/errors";
import { readCatalogues } from "./locales.mjs";

const LANGUAGE = Symbol.for("strata.language");
const speak = (locale: string) => Reflect.set(globalThis, LANGUAGE, () => readCatalogues().get(locale));

afterEach(() => {
  Reflect.deleteProperty(globalThis, LANGUAGE);
});

test("a sentence of the core is recognised, and what fills it is translated too", () => {
  const { text } = ERRORS.CHAIN_RESET_NEEDED;
  const sentence = text({ reason: "Disk 0 has disk snapshots. Delete them to back up increments." });
  expect(said(sentence)).toBe(sentence);
  speak("es");
  expect(said(sentence)).toBe(
    "No es posible un incremento: El disco 0 tiene instantáneas. Bórrelas para copiar incrementos.",
  );
  expect(said(ERRORS.SIGN_IN_FAILED.text())).toBe("El nombre de usuario o la contraseña no son correctos.");
});

test("what is not recognised stays as it is, whatever is in it", () => {
  speak("es");
  for (const text of ["rsync: connection unexpectedly closed", "", "a (b) {c} $& \\1"]) expect(said(text)).toBe(text);
});

test("the most literal wording wins, and a value is put in as it is", () => {
  speak("es");
  expect(said("vm.xml is missing.")).toBe("Falta vm.xml.");
  expect(said("$& is missing.")).toBe("Falta $&.");
});
