/**
 * Secret attributes of datastores and secrets of notification channels. In the database they are sealed with the key in
 * `STRATA_HOME/secret_key`; they are opened at the last moment, in the document for a driver's stdin or on the way to a
 * mail server; the browser gets `***`. Nodes that share a database need the same key file.
 */
import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appError } from "../domain/errors";
import type { Template } from "../domain/template";
import { withoutForbidden } from "../domain/xml/builder";
import { isSealed, KEY_BYTES, seal, unseal } from "../lib/secret-box";

/** DATASTORE_ENCRYPTED_ATTR of the reference, and its counterpart of the S3 backend. */
const SECRET_ATTRIBUTES: readonly string[] = ["RESTIC_PASSWORD", "RESTIC_S3_SECRET_ACCESS_KEY"];
const MASK = "***";

/** A copy with every secret sealed for this datastore. */
export async function sealTemplate(home: string, datastoreId: number, template: Template): Promise<Template> {
  const names = SECRET_ATTRIBUTES.filter((name) => name in template);
  if (names.length === 0) return template;
  const key = await readKey(home, { create: true });
  const sealed = names.map((name) => {
    const values = template[name] ?? [];
    const context = contextOf(datastoreId, name);
    return [name, values.map((value) => (typeof value === "string" ? seal(key, value, context) : value))] as const;
  });
  return { ...template, ...Object.fromEntries(sealed) };
}

/** A copy without secrets, for people. */
export function maskTemplate(template: Template): Template {
  const masked = SECRET_ATTRIBUTES.filter((name) => name in template).map((name): [string, string[]] => [name, [MASK]]);
  return { ...template, ...Object.fromEntries(masked) };
}

/** A DATASTORE element as our builder writes it: its id comes first. */
const DATASTORE = /<DATASTORE><ID>(\d{1,10})<\/ID>.*?<\/DATASTORE>/gs;
const SEALED_ELEMENT = new RegExp(
  `<(${SECRET_ATTRIBUTES.join("|")})>(?:<!\\[CDATA\\[)?(sealed-1:[^<\\]]+)(?:\\]\\]>)?</\\1>`,
  "g",
);

/**
 * A driver's document with the secrets of its datastores in clear.
 * @throws AppError SECRET_KEY when the key is missing or another one
 */
export async function revealSecrets(home: string, document: string): Promise<string> {
  if (!document.includes("sealed-1:")) return document;
  const key = await readKey(home, { create: false });
  return document.replaceAll(DATASTORE, (datastore: string, id: string) =>
    datastore.replaceAll(SEALED_ELEMENT, (whole: string, name: string, sealed: string) => {
      if (!isSealed(sealed)) return whole;
      const secret = unseal(key, sealed, contextOf(Number(id), name));
      if (secret === null) throw appError("SECRET_KEY", { file: keyFile(home) });
      return `<${name}>${escapeXml(secret)}</${name}>`;
    }),
  );
}

/**
 * Seal other secrets than those of datastores, with the same key. The key is read now, so that what follows can be used in
 * a transaction.
 * @throws AppError SECRET_KEY when the key is of no use
 */
export async function openSealer(home: string): Promise<(secret: string, context: string) => string> {
  const key = await readKey(home, { create: true });
  return (secret, context) => seal(key, secret, context);
}

/**
 * What `openSealer` has sealed, in clear.
 * @throws AppError SECRET_KEY when the key is missing or another one
 */
export async function openSecret(home: string, sealed: string, context: string): Promise<string> {
  const secret = unseal(await readKey(home, { create: false }), sealed, context);
  if (secret === null) throw appError("SECRET_KEY", { file: keyFile(home) });
  return secret;
}

function contextOf(datastoreId: number, name: string): string {
  return `datastore ${datastoreId} ${name}`;
}

function keyFile(home: string): string {
  return join(home, "secret_key");
}

async function readKey(home: string, { create }: { create: boolean }): Promise<Buffer> {
  const file = keyFile(home);
  const text = (await readOrNull(file)) ?? (create ? await makeKey(file) : null);
  const key = Buffer.from((text ?? "").trim(), "hex");
  if (key.length !== KEY_BYTES) throw appError("SECRET_KEY", { file });
  return key;
}

/** Written aside and linked, so that neither a reader nor a second writer meets half a key. */
async function makeKey(file: string): Promise<string | null> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return await readOrNull(file);
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function escapeXml(text: string): string {
  return withoutForbidden(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
