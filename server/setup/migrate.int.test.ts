import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeEach, expect, inject, test } from "vitest";
import { diffMigrations, migrate } from "./migrate.mjs";

const dir = mkdtempSync(path.join(tmpdir(), "strata-migrate-test-"));
const migrationsDir = path.join(dir, "migrations");
const schemaDir = path.join(dir, "schema");
const { adminUrl } = inject("testDatabase");
const databases: string[] = [];

beforeEach(() => {
  rmSync(migrationsDir, { recursive: true, force: true });
  mkdirSync(migrationsDir, { recursive: true });
  mkdirSync(schemaDir, { recursive: true });
});

afterAll(async () => {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  for (const name of databases) await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  await client.end();
  rmSync(dir, { recursive: true, force: true });
});

function newDatabase(): string {
  const name = `strata_migrate_${process.pid}_${databases.length}`;
  databases.push(name);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function addMigration(name: string, sql: string): void {
  mkdirSync(path.join(migrationsDir, name));
  writeFileSync(path.join(migrationsDir, name, "migration.sql"), sql);
}

test("makes the database and applies each migration once", async () => {
  const url = newDatabase();
  addMigration("1_first", 'CREATE TABLE "A" (id int PRIMARY KEY);');
  expect(await migrate(url, { migrationsDir })).toEqual(["1_first"]);
  expect(await migrate(url, { migrationsDir })).toEqual([]);
  addMigration("2_second", 'ALTER TABLE "A" ADD COLUMN name text;');
  expect(await migrate(url, { migrationsDir })).toEqual(["2_second"]);
});

test("nodes that start together take turns", async () => {
  const url = newDatabase();
  addMigration("1_first", 'CREATE TABLE "A" (id int PRIMARY KEY);');
  const applied = await Promise.all([1, 2, 3].map(() => migrate(url, { migrationsDir })));
  expect(applied.flat()).toEqual(["1_first"]);
});

test("refuses a database of a newer version", async () => {
  const url = newDatabase();
  addMigration("1_first", 'CREATE TABLE "A" (id int PRIMARY KEY);');
  addMigration("2_newer", 'CREATE TABLE "B" (id int PRIMARY KEY);');
  await migrate(url, { migrationsDir });
  rmSync(path.join(migrationsDir, "2_newer"), { recursive: true });
  await expect(migrate(url, { migrationsDir })).rejects.toThrow(/another version of Strata \(2_newer/);
});

test("a migration that fails is reported, and again at the next start", async () => {
  const url = newDatabase();
  addMigration("1_broken", "CREATE TABLE oops (;");
  await expect(migrate(url, { migrationsDir })).rejects.toThrow(/syntax error/);
  await expect(migrate(url, { migrationsDir })).rejects.toThrow(/1_broken/);
});

test("the difference to the schema is SQL, and nothing once it is a migration", async () => {
  const model =
    'datasource db {\n  provider = "postgresql"\n}\nmodel Thing {\n  id Int @id\n  kind String @default("x")\n}\n';
  writeFileSync(path.join(schemaDir, "main.prisma"), model);
  const sql = await diffMigrations(adminUrl, { migrationsDir, schemaDir });
  expect(sql).toContain('CREATE TABLE "Thing"');
  addMigration("1_thing", sql);
  expect(await diffMigrations(adminUrl, { migrationsDir, schemaDir })).toBe("");
});
