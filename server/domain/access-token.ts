import { z } from "zod";
import { ObjectId } from "./ids";

/** What an API token may do: look; look and run operations; all that its user may. A login token is as `admin`. */
export const TOKEN_SCOPES = ["read", "operate", "admin"] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** `login` stands for the password in `/RPC2` and the command line; `api` is sent to `/api/v1`. */
export const TOKEN_KINDS = ["login", "api"] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export const MAX_TOKEN_DAYS = 730;
/** Of one user and kind; the reference has the same bound for login tokens. */
export const MAX_TOKENS: Readonly<Record<TokenKind, number>> = { login: 10, api: 25 };

const TokenName = z
  .string()
  .trim()
  .min(1, "Give the token a name, so that you know it again")
  .max(64, "A name has at most 64 characters");

/** A token for oneself. */
export const CreateToken = z.object({
  kind: z.enum(TOKEN_KINDS),
  name: TokenName,
  scope: z.enum(TOKEN_SCOPES).default("admin"),
  days: z.number().int().min(1).max(MAX_TOKEN_DAYS),
  /** The only group whose rights it has; null: all of the user's. */
  groupId: ObjectId.nullable().default(null),
});
export type CreateToken = z.infer<typeof CreateToken>;

export const TokenId = z.object({ tokenId: ObjectId });
export type TokenId = z.infer<typeof TokenId>;

/** A token as its owner sees it: never the secret. Times are epoch ms. */
export interface TokenRow {
  id: number;
  kind: TokenKind;
  name: string;
  /** First characters of the secret. */
  start: string;
  scope: TokenScope;
  groupId: number | null;
  groupName: string | null;
  createdAt: number;
  /** Null: never. */
  expiresAt: number | null;
  lastUsedAt: number | null;
}
