/**
 * Migrations, without Prisma's downloaded engine: its schema engine also comes as WebAssembly in an npm package. We
 * load it only when there is something to apply; a start with an up-to-date database is one query.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT, runMain, SetupError, say } from "./report.mjs";

/** Everyone who migrates one database takes this lock: nodes that start together take turns. */
const LOCK_KEY = 7_271_402;
const FILTERS = { externalTables: [], externalEnums: [] };
const UNDEFINED_TABLE = "42P01";
const UNDEFINED_DATABASE = "3D000";

/**
 * Bring the database of `url` to the newest migration; make the database if the server has none of that name.
 * @param {string} url
 * @param {{ migrationsDir?: string }} [options]
 * @returns {Promise<readonly string[]>} names of the migrations applied now
 * @throws {SetupError} it was migrated by a newer Strata, or a migration failed
 */
export async function migrate(url, { migrationsDir = path.join(ROOT, "prisma/migrations") } = {}) {
  const client = await connect(url);
  try {
    await client.query("SELECT pg_advisory_lock($1)", [LOCK_KEY]);
    const wanted = listMigrations(migrationsDir).map(({ path: name }) => name);
    const done = await readApplied(client);
    const unknown = done.filter((name) => !wanted.includes(name));
    if (unknown.length > 0) {
      throw new SetupError(
        `The database was migrated by another version of Strata (${unknown.join(", ")} is not known here).\n` +
          "Start that version, or restore a copy of the database made before it.",
      );
    }
    if (done.length === wanted.length) return [];
    const migrationsList = migrationList(migrationsDir);
    const { appliedMigrationNames } = await withEngine(url, [], (engine) =>
      engine.applyMigrations({ migrationsList, filters: FILTERS }),
    );
    return appliedMigrationNames;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(`Migrating the database failed: ${messageOf(error)}`, { cause: error });
  } finally {
    await client.end(); // Ends the session, and with it the lock.
  }
}

/**
 * SQL that leads from the migrations to the schema; "" when they agree.
 * @param {string} url a scratch server: the engine makes and drops a database on it
 * @param {{ migrationsDir?: string, schemaDir?: string }} [options]
 * @returns {Promise<string>}
 */
export async function diffMigrations(
  url,
  { migrationsDir = path.join(ROOT, "prisma/migrations"), schemaDir = path.join(ROOT, "prisma/schema") } = {},
) {
  const files = readdirSync(schemaDir)
    .filter((name) => name.endsWith(".prisma"))
    .sort()
    .map((name) => ({ path: path.join(schemaDir, name), content: readFileSync(path.join(schemaDir, name), "utf8") }));
  const { stdout, exitCode } = await withEngine(
    url,
    files.map(({ path: file, content }) => [file, content]),
    (engine) =>
      engine.diff({
        from: { tag: "migrations", ...migrationList(migrationsDir) },
        to: { tag: "schemaDatamodel", files },
        script: true,
        exitCode: true,
        filters: FILTERS,
      }),
  );
  return exitCode === 0 ? "" : (stdout ?? "");
}

/** @param {string} url */
async function connect(url) {
  const { default: pg } = await import("pg");
  const open = async (/** @type {string} */ connectionString) => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 15_000 });
    await client.connect();
    return client;
  };
  try {
    return await open(url);
  } catch (error) {
    if (codeOf(error) !== UNDEFINED_DATABASE) throw new SetupError(`Cannot reach the database: ${messageOf(error)}`);
  }
  const target = new URL(url);
  const name = decodeURIComponent(target.pathname.slice(1));
  target.pathname = "/postgres";
  const admin = await open(target.href);
  try {
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(name)}`);
  } catch (error) {
    // Another node was faster: "duplicate_database", or its index when both were at it.
    if (!["42P04", "23505"].includes(codeOf(error) ?? "")) throw error;
  } finally {
    await admin.end();
  }
  return await open(url);
}

/**
 * @param {import("pg").Client} client
 * @returns {Promise<readonly string[]>}
 */
async function readApplied(client) {
  try {
    const { rows } = await client.query(
      "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
    );
    return rows.map((row) => row.migration_name);
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** @param {string} migrationsDir */
function listMigrations(migrationsDir) {
  return readdirSync(migrationsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => ({
      path: name,
      migrationFile: {
        path: "migration.sql",
        content: {
          tag: /** @type {const} */ ("ok"),
          value: readFileSync(path.join(migrationsDir, name, "migration.sql"), "utf8"),
        },
      },
    }));
}

/** @param {string} migrationsDir */
function migrationList(migrationsDir) {
  return {
    baseDir: migrationsDir,
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: listMigrations(migrationsDir),
  };
}

/** One for the process: the glue has one variable for its WebAssembly instance. @type {Promise<any> | undefined} */
let loadedGlue;

/** The package's own loader expects a bundler that imports `.wasm`; Node is given the two halves by hand. */
async function loadGlue() {
  const glueFile = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasm = readFileSync(path.join(path.dirname(glueFile), "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  return glue;
}

/**
 * Use the schema engine on a server.
 * @template T
 * @param {string} url
 * @param {[string, string][]} datamodels
 * @param {(engine: import("@prisma/schema-engine-wasm").SchemaEngine) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function withEngine(url, datamodels, use) {
  loadedGlue ??= loadGlue();
  const glue = await loadedGlue;
  const { bindMigrationAwareSqlAdapterFactory } = await import("@prisma/driver-adapter-utils");
  const { factory, close } = await adapterFactory(url);
  try {
    const options = { datamodels: datamodels.length === 0 ? undefined : datamodels };
    return await use(await glue.SchemaEngine.new(options, () => {}, bindMigrationAwareSqlAdapterFactory(factory)));
  } finally {
    await close();
  }
}

/** PostgreSQL's internal type "char", used in its catalogue, and text. */
const [CATALOG_CHAR, TEXT] = [18, 25];

/**
 * Prisma's adapter with three things put right that only its use for migrations meets: it gives up on the catalogue's
 * type "char" (let through as text, then named for what it is); beside a connection string it ignores the name of the shadow database and
 * would replay the migrations in the real one; and it drops the shadow database while still connected to it.
 * @param {string} url
 */
async function adapterFactory(url) {
  const [{ PrismaPg }, { ColumnTypeEnum }, { default: pg }] = await Promise.all([
    import("@prisma/adapter-pg"),
    import("@prisma/driver-adapter-utils"),
    import("pg"),
  ]);
  /** @type {import("pg").Pool[]} */
  const pools = [];
  const open = async (/** @type {string} */ target) => {
    const pool = new pg.Pool({ connectionString: target });
    pool.on("error", () => {}); // A server that stops cuts idle connections off; nobody waits for them.
    pools.push(pool);
    /** @type {number[]} */
    let charColumns = [];
    const query = pool.query.bind(pool);
    Object.assign(pool, {
      query: async (/** @type {any[]} */ ...args) => {
        const result = await query(...args);
        charColumns = [];
        for (const [column, field] of (result.fields ?? []).entries()) {
          if (field.dataTypeID !== CATALOG_CHAR) continue;
          charColumns.push(column);
          field.dataTypeID = TEXT;
        }
        return result;
      },
    });
    const adapter = await new PrismaPg(pool).connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (params) => {
      const result = await queryRaw(params); // The engine asks one thing at a time: `charColumns` is of this query.
      for (const column of charColumns) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    };
    return adapter;
  };
  const { provider, adapterName } = new PrismaPg(url);
  return {
    factory: {
      provider,
      adapterName,
      connect: () => open(url),
      connectToShadowDb: async () => {
        const shadow = new URL(url);
        shadow.pathname = `/shadow_${randomBytes(6).toString("hex")}`;
        await (await connect(shadow.href)).end(); // Makes it. It goes away with the scratch server.
        return await open(shadow.href);
      },
    },
    close: async () => {
      for (const pool of pools) await pool.end();
    },
  };
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** `node server/setup/migrate.mjs`: apply to DATABASE_URL; `--create NAME`: write a new migration; `--check`: any due? */
await runMain(import.meta.url, async () => {
  const [mode, name] = process.argv.slice(2);
  if (mode === undefined && process.env.DATABASE_URL) {
    const applied = await migrate(process.env.DATABASE_URL);
    say(applied.length === 0 ? "The database is up to date." : `Applied: ${applied.join(", ")}`);
    return;
  }
  const isCreate = mode === "--create" && /^[a-z0-9_]+$/.test(name ?? "");
  if (!isCreate && mode !== "--check") {
    throw new SetupError(
      "Usage: node server/setup/migrate.mjs                 apply to the database of DATABASE_URL\n" +
        "       node server/setup/migrate.mjs --create NAME   write prisma/migrations/<time>_NAME (a-z, 0-9, _)\n" +
        "       node server/setup/migrate.mjs --check         fail when the schema has no migration yet",
    );
  }
  const sql = await withScratchServer((url) => diffMigrations(url));
  if (sql === "") {
    say("The migrations lead to the schema: nothing to write.");
    return;
  }
  if (!isCreate) throw new SetupError("prisma/schema has changes without a migration: run migrate.mjs --create NAME.");
  const time = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const dir = path.join(ROOT, "prisma/migrations", `${time}_${name}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, "migration.sql"), sql);
  writeFileSync(path.join(ROOT, "prisma/migrations/migration_lock.toml"), 'provider = "postgresql"\n');
  say(`Wrote ${path.relative(ROOT, dir)}/migration.sql: read it before you commit it.`);
});

/**
 * The engine replays the migrations in a shadow database: on a server that lives as long as this call, never on the
 * one of DATABASE_URL.
 * @template T
 * @param {(url: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function withScratchServer(use) {
  const { startPostgres } = await import("./postgres.mjs");
  const dir = mkdtempSync("/var/tmp/strata-migrate-");
  try {
    const postgres = await startPostgres(dir, { flags: ["fsync=off"] });
    try {
      return await use(postgres.url("postgres"));
    } finally {
      await postgres.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
