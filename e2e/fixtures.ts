import { test as base, type Page } from "@playwright/test";
import { type StrataServer, startStrata } from "./strata-server";

interface TestFixtures {
  /** Sign in as oneadmin, unless told otherwise, and wait for the first page. */
  signIn: (page: Page, credentials?: { name: string; password: string }) => Promise<void>;
}

interface WorkerFixtures {
  /** A real Strata with an empty database, started once a worker. */
  strata: StrataServer;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  strata: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a fixture needs off this pattern.
    async ({}, use) => {
      const strata = await startStrata();
      try {
        await use(strata);
      } finally {
        await strata.stop();
      }
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ strata }, use) => {
    await use(strata.url);
  },
  signIn: async ({ strata }, use) => {
    await use(async (page, credentials = { name: "oneadmin", password: strata.password }) => {
      await page.goto("/login");
      await page.getByLabel("User name").fill(credentials.name);
      await page.getByLabel("Password", { exact: true }).fill(credentials.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL((url) => !url.pathname.startsWith("/login"));
    });
  },
});
