import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { isSealed, KEY_BYTES, seal, unseal } from "./secret-box";

const key = randomBytes(KEY_BYTES);

test("opens with the key and the context it was sealed with, and with nothing else", () => {
  const sealed = seal(key, "p'ass \u00e9", "datastore 7");
  expect(isSealed(sealed)).toBe(true);
  expect(sealed).not.toContain("ass");
  expect(unseal(key, sealed, "datastore 7")).toBe("p'ass \u00e9");
  expect(unseal(key, sealed, "datastore 8")).toBeNull();
  expect(unseal(randomBytes(KEY_BYTES), sealed, "datastore 7")).toBeNull();
  expect(unseal(key, "p'ass", "datastore 7")).toBeNull();
});

test("a changed text does not open", () => {
  const sealed = seal(key, "secret", "x");
  const at = sealed.length - 20;
  const changed = `${sealed.slice(0, at)}${sealed[at] === "A" ? "B" : "A"}${sealed.slice(at + 1)}`;
  expect(unseal(key, changed, "x")).toBeNull();
});

test("the same secret never looks the same twice", () => {
  expect(seal(key, "secret", "x")).not.toBe(seal(key, "secret", "x"));
});
