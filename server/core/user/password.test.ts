import { expect, test } from "vitest";
import { hashPassword, isPasswordRight, newPassword } from "./password";

test("only the very password is right", async () => {
  const stored = await hashPassword("correct horse");
  expect(stored).toMatch(/^scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}$/);
  expect(await isPasswordRight("correct horse", stored)).toBe(true);
  for (const wrong of ["correct horse ", "Correct horse", "", "correct\0horse"]) {
    expect(await isPasswordRight(wrong, stored)).toBe(false);
  }
});

test("a password is salted, so equal ones do not show", async () => {
  expect(await hashPassword("same")).not.toBe(await hashPassword("same"));
});

test.each(["", "plain", "scrypt$$", "scrypt$00$", "bcrypt$aa$bb"])(
  "the damaged hash %j lets nobody in",
  async (stored) => {
    expect(await isPasswordRight("", stored)).toBe(false);
    expect(await isPasswordRight("x", stored)).toBe(false);
  },
);

test("nobody is nobody, also with the password of zeros", async () => {
  expect(await isPasswordRight("", null)).toBe(false);
  expect(await isPasswordRight("0".repeat(64), null)).toBe(false);
});

test("first passwords are long, printable and never the same", () => {
  const made = new Set(Array.from({ length: 100 }, newPassword));
  expect(made.size).toBe(100);
  for (const password of made) expect(password).toMatch(/^[A-Za-z0-9_-]{20}$/);
});
