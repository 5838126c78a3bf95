import path from "node:path";
import { migrate } from "./migrate.mjs";
import { startPostgres } from "./postgres.mjs";
import { say } from "./report.mjs";

/** A database that cannot be kept up for longer than this is given up. */
const STEADY_MS = 60_000;
const DATABASE = "strata";

/**
 * The migrated database of this node: the one of DATABASE_URL, else our own server in `home`.
 * @param {string} home
 * @param {(error: unknown) => void} onLost our own server ended and could not be brought back
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function openDatabase(home, onLost) {
  if (process.env.DATABASE_URL) {
    await applyMigrations(process.env.DATABASE_URL);
    return { url: process.env.DATABASE_URL, stop: async () => {} };
  }
  const dir = path.join(home, "postgresql");
  let server = await startPostgres(dir);
  if (server.isAdopted) say("Took over the database server of an earlier run.");
  let isStopping = false;
  const keepUp = async () => {
    for (;;) {
      const since = performance.now();
      await server.exited;
      if (isStopping) return;
      if (performance.now() - since < STEADY_MS)
        throw new Error("The embedded PostgreSQL ended twice within a minute.");
      say("The embedded PostgreSQL ended unexpectedly: starting it again.");
      server = await startPostgres(dir);
    }
  };
  try {
    await applyMigrations(server.url(DATABASE));
  } catch (error) {
    await server.stop();
    throw error;
  }
  keepUp().catch(onLost);
  return {
    url: server.url(DATABASE),
    stop: () => {
      isStopping = true;
      return server.stop();
    },
  };
}

/** @param {string} url */
async function applyMigrations(url) {
  const applied = await migrate(url);
  if (applied.length > 0) say(`Applied database migrations: ${applied.join(", ")}`);
}
