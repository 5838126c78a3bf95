/**
 * Secrets at rest: AES-256-GCM with a key that is not in the database. A sealed text is bound to its context, so that it
 * opens nowhere else, and names the key it was made with.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `sealed-1:<8 hex of the key's hash>:<base64url of nonce, ciphertext, tag>` */
const SEALED = /^sealed-1:([0-9a-f]{8}):([A-Za-z0-9_-]{38,})$/;

/** Whether a text is the result of `seal`. */
export function isSealed(text: string): boolean {
  return SEALED.test(text);
}

/** @param context what the secret belongs to; the same is needed to open it */
export function seal(key: Uint8Array, secret: string, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context, "utf8"));
  const sealed = Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `sealed-1:${keyId(key)}:${sealed.toString("base64url")}`;
}

/**
 * The secret; null when this key or this context is not the one it was sealed with, or when it was changed.
 */
export function unseal(key: Uint8Array, sealed: string, context: string): string | null {
  const [, id, body] = SEALED.exec(sealed) ?? [];
  if (id !== keyId(key) || body === undefined) return null;
  const bytes = Buffer.from(body, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context, "utf8"));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return text.toString("utf8");
  } catch {
    return null;
  }
}

function keyId(key: Uint8Array): string {
  return createHash("sha256").update("strata key ").update(key).digest("hex").slice(0, 8);
}
