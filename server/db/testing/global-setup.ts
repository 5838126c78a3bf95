import type { TestProject } from "vitest/node";
import { ensureTemplate, startTestPostgres } from "../../setup/test-database.mjs";

declare module "vitest" {
  export interface ProvidedContext {
    /** The PostgreSQL of this run (its maintenance database) and the migrated database to clone. */
    testDatabase: { adminUrl: string; template: string };
  }
}

/**
 * One PostgreSQL for the whole run: the one of DATABASE_URL_TEST (`npm test` starts it), else our own, so that
 * `npx vitest run x.int.test.ts` works by itself.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["DATABASE_URL_TEST"];
  const server = given ? { url: given, stop: async () => {} } : await startTestPostgres();
  try {
    project.provide("testDatabase", { adminUrl: server.url, template: await ensureTemplate(server.url) });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server.stop;
}
