import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Postgres, startPostgres } from "./postgres.mjs";

let dir: string;
let started: Postgres[];

beforeEach(() => {
  dir = mkdtempSync("/var/tmp/strata-postgres-test-");
  started = [];
});

afterEach(async () => {
  for (const server of started) await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<Postgres> {
  const server = await startPostgres(dir, { flags: ["fsync=off"] });
  started.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

test("listens on this machine only, and asks for the password", async () => {
  const server = await start();
  expect(await ask(server.url("postgres"), "SHOW listen_addresses")).toBe("127.0.0.1");
  expect(await ask(server.url("postgres"), "SHOW unix_socket_directories")).toBe("");
  expect(await ask(server.url("postgres"), "SHOW fsync")).toBe("off");
  const wrong = new URL(server.url("postgres"));
  wrong.password = "guess";
  await expect(ask(wrong.href, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  expect(statSync(path.join(dir, "password")).mode & 0o777).toBe(0o600);
});

test("a second start takes the running server over, and can stop it", async () => {
  const first = await start();
  const second = await start();
  expect([second.isAdopted, second.pid, second.url("x")]).toEqual([true, first.pid, first.url("x")]);
  await second.stop();
  await first.exited;
});

test("starts again after a crash, on the same port, with its data", async () => {
  const first = await start();
  await ask(first.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer");
  process.kill(first.pid, "SIGKILL");
  await first.exited;
  const second = await start();
  expect([second.isAdopted, second.url("x")]).toEqual([false, first.url("x")]);
  expect(await ask(second.url("postgres"), "SELECT answer FROM kept")).toBe(42);
});

test("a pid file that names somebody else's process is not believed", async () => {
  const first = await start();
  await first.stop();
  const foreign = [process.pid, path.join(dir, "data"), 1, 5432, "", "127.0.0.1", "", "ready"].join("\n");
  const pidFile = path.join(dir, "data/postmaster.pid");
  writeFileSync(pidFile, foreign);
  chmodSync(pidFile, 0o644);
  const second = await start();
  expect(second.isAdopted).toBe(false);
  expect(await ask(second.url("postgres"), "SELECT 1")).toBe(1);
});
