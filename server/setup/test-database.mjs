import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { migrate } from "./migrate.mjs";
import { startPostgres } from "./postgres.mjs";
import { ROOT } from "./report.mjs";

/** What is lost when the machine crashes, a test run does not miss. */
const FLAGS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB"];

/**
 * A PostgreSQL that lives as long as a test run, below /var/tmp: root's runs as another account, which must be able to
 * reach the folder, and TMPDIR is often private.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>} url: of its maintenance database
 */
export async function startTestPostgres() {
  const dir = mkdtempSync("/var/tmp/strata-test-");
  try {
    const postgres = await startPostgres(dir, { flags: FLAGS });
    return {
      url: postgres.url("postgres"),
      stop: async () => {
        await postgres.stop();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The migrated database that each test file clones; made once for a server and a set of migrations.
 * @param {string} adminUrl
 * @returns {Promise<string>} its name
 */
export async function ensureTemplate(adminUrl) {
  const dir = path.join(ROOT, "prisma/migrations");
  const hash = createHash("sha256");
  for (const file of readdirSync(dir, { recursive: true, encoding: "utf8" }).sort()) {
    if (file.endsWith(".sql")) hash.update(`${file}\0`).update(readFileSync(path.join(dir, file)));
  }
  const name = `strata_template_${hash.digest("hex").slice(0, 12)}`;
  await migrate(databaseUrl(adminUrl, name));
  return name;
}

/**
 * @param {string} adminUrl
 * @param {string} template
 * @returns {Promise<{ url: string, drop: () => Promise<void> }>} drop: also ends connections that are still open
 */
export async function cloneDatabase(adminUrl, template) {
  const name = `strata_test_${randomBytes(6).toString("hex")}`;
  await query(adminUrl, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  return {
    url: databaseUrl(adminUrl, name),
    drop: () => query(adminUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}

/**
 * @param {string} adminUrl
 * @param {string} name
 */
function databaseUrl(adminUrl, name) {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * @param {string} url
 * @param {string} sql
 */
async function query(url, sql) {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 15_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
