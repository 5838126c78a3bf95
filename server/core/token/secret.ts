import { createHash, randomBytes } from "node:crypto";
import type { TokenKind } from "../../domain/access-token";

/** So that a token that leaked into a log or a repository is recognised. */
export const API_TOKEN_PREFIX = "strata_";
/** Shown of a secret to tell tokens apart; 8 of 43 characters leave 210 bits unknown. */
const START_LENGTH = 8;

/** A new secret of 256 random bits. */
export function newSecret(kind: TokenKind): string {
  const random = randomBytes(32);
  return kind === "api" ? API_TOKEN_PREFIX + random.toString("base64url") : random.toString("hex");
}

/** What is stored: a secret of 256 bits needs no slow hash. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** The part of a secret that lists show. */
export function startOf(secret: string): string {
  const from = secret.startsWith(API_TOKEN_PREFIX) ? API_TOKEN_PREFIX.length : 0;
  return secret.slice(0, from + START_LENGTH);
}
