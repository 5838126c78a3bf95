/** Pictures of every screen × theme × width; see server/setup/screenshots.mjs. */
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "@playwright/test";
import config from "./playwright.config";
import { makeScene, startSlowBackup } from "./scene";
import { dialogsOf, open, pagesOf, type Screen } from "./screens";
import { type StrataServer, startStrata } from "./strata-server";

const FOLDER = fileURLToPath(new URL("../screenshots", import.meta.url));
const THEMES = ["light", "dark"] as const;
const SIZES = { 1440: 900, 375: 812 };
/** Only screens whose name starts with this. */
const [only = ""] = process.argv.slice(2);

if (only === "") await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const server = await startStrata();
try {
  const browser = await chromium.launch(config.use?.launchOptions ?? {});
  try {
    await takeAll(browser, server);
  } finally {
    await browser.close();
  }
} finally {
  await server.stop();
}

async function takeAll(browser: Browser, strata: StrataServer): Promise<void> {
  const { url: baseURL, password } = strata;
  const context = await browser.newContext({ baseURL, locale: "en-GB", timezoneId: "UTC" });
  const page = await context.newPage();
  const signIn: Screen = { name: "sign-in", path: "/login" };
  await takeEach(browser, baseURL, undefined, [signIn]);
  await page.goto("/login");
  await page.getByLabel("User name").fill("oneadmin");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((at) => !at.pathname.startsWith("/login"));
  const session = await context.storageState();
  const empty = ["overview", "vms", "backups", "activity", "datastores", "restore/new"];
  await takeEach(
    browser,
    baseURL,
    session,
    empty.map((route) => ({ name: `empty-${path.basename(route)}`, path: route === "overview" ? "/" : `/${route}` })),
  );
  const scene = await makeScene(page, strata);
  const running = await startSlowBackup(page, strata);
  await takeEach(browser, baseURL, session, [
    ...pagesOf(scene),
    { name: "run-running", path: `/activity/${running.actionId}` },
    { name: "vm-running", path: `/vms/${running.vmId}` },
    {
      name: "dialog-cancel",
      path: `/activity/${running.actionId}`,
      act: async (each) => {
        await each
          .getByRole("main")
          .getByRole("button", { name: /^Cancel/ })
          .click();
        await each.getByRole("alertdialog").waitFor();
      },
    },
    ...dialogsOf(scene),
  ]);
}

type Session = Awaited<ReturnType<Awaited<ReturnType<Browser["newContext"]>>["storageState"]>> | undefined;

async function takeEach(browser: Browser, baseURL: string, session: Session, all: readonly Screen[]): Promise<void> {
  const screens = all.filter((screen) => screen.name.startsWith(only));
  if (screens.length === 0) return;
  for (const colorScheme of THEMES) {
    for (const [width, height] of Object.entries(SIZES)) {
      const context = await browser.newContext({
        ...{ baseURL, colorScheme, viewport: { width: Number(width), height }, locale: "en-GB", timezoneId: "UTC" },
        ...(session === undefined ? {} : { storageState: session }),
      });
      const page = await context.newPage();
      for (const screen of screens) await take(page, screen, `${screen.name}.${width}.${colorScheme}.png`);
      await context.close();
    }
  }
}

async function take(page: Page, screen: Screen, file: string): Promise<void> {
  await open(page, screen);
  await page.screenshot({ path: path.join(FOLDER, file), fullPage: screen.act === undefined, animations: "disabled" });
  process.stdout.write(`${file}\n`);
}
