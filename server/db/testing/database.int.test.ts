import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "./database";

const databases = await Promise.all([createTestDatabase(), createTestDatabase()]);

afterAll(async () => {
  for (const database of databases) await database.drop();
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("each clone has the migrated tables and shares nothing with the other", async () => {
  const [first, second] = databases;
  if (first === undefined || second === undefined) throw new Error("two databases expected");
  const insert = `INSERT INTO "Counter" ("name") VALUES ('clone')`;
  await query(first.url, insert);
  const count = `SELECT count(*)::int AS rows FROM "Counter" WHERE "name" = 'clone'`;
  expect(await query(first.url, count)).toEqual([{ rows: 1 }]);
  expect(await query(second.url, count)).toEqual([{ rows: 0 }]);
});

test("a dropped database is gone, even with a connection open", async () => {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  client.on("error", () => {});
  await client.connect();
  await database.drop();
  await expect(query(database.url, "SELECT 1")).rejects.toMatchObject({ code: "3D000" });
  await client.end().catch(() => {});
});
