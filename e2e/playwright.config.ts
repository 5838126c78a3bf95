import { readdirSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const SPEC = ".spec.ts";
const specs = readdirSync(import.meta.dirname).filter((file) => file.endsWith(SPEC));

export default defineConfig({
  testDir: ".",
  // A project a file, so that each begins with an empty Strata: workers, and their servers, are not shared by projects.
  projects: specs.map((file) => ({ name: file.slice(0, -SPEC.length), testMatch: file })),
  outputDir: "../test-results",
  // Each worker starts a Strata of its own, with its own database. They mostly wait.
  workers: 2,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env["CI"] !== undefined,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: process.env["PLAYWRIGHT_JSON_OUTPUT_FILE"] === undefined ? [["list"]] : [["list"], ["json"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      // Debian's: Playwright's own download is not available in closed networks.
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
