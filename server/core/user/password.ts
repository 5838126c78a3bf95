import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const N = 2 ** 15;
const R = 8;
const P = 1;
const KEY_BYTES = 32;
const MAX_MEMORY = 64 * 1024 * 1024; // scrypt needs 128 * N * R bytes = 32 MiB

/** `scrypt$<salt>$<key>`, hex. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt$${salt.toString("hex")}$${(await derive(password, salt)).toString("hex")}`;
}

/** Constant-time; an unknown user (null) costs the same work and is always wrong. */
export async function isPasswordRight(password: string, stored: string | null): Promise<boolean> {
  const [, salt = "", key = ""] = (stored ?? NOBODY).split("$");
  const derived = await derive(password, Buffer.from(salt, "hex"));
  const wanted = Buffer.from(key, "hex");
  return wanted.length === derived.length && timingSafeEqual(derived, wanted) && stored !== null;
}

const NOBODY = `scrypt$${"00".repeat(16)}$${"00".repeat(KEY_BYTES)}`;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N, r: R, p: P, maxmem: MAX_MEMORY }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** A password for a first administrator: 120 random bits. */
export function newPassword(): string {
  return randomBytes(15).toString("base64url");
}
