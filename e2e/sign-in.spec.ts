import { expect, type Page } from "@playwright/test";
import { change } from "./api";
import { test } from "./fixtures";

test("a wrong password is said to be one", async ({ page }) => {
  await page.goto("/login");
  await page.getByLabel("User name").fill("oneadmin");
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The user name or the password is wrong." })).toBeVisible();
  await expect(page).toHaveURL(/\/login/);
});

test("a page behind the sign-in is where the sign-in leads; after signing out it is closed", async ({
  page,
  strata,
}) => {
  await page.goto("/vms?q=none");
  await page.waitForURL(/\/login/);
  await page.getByLabel("User name").fill("oneadmin");
  await page.getByLabel("Password", { exact: true }).fill(strata.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/vms\?q=none$/);

  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  await page.goto("/vms");
  await page.waitForURL(/\/login/);
  expect((await page.request.get("/api/trpc/system.view")).status()).toBe(401);
});

test("calls without a session get 401, calls of another site 403", async ({ page, signIn, request }) => {
  for (const call of ["system.view", "vm.list", "action.list"]) {
    expect((await request.get(`/api/trpc/${call}`)).status(), call).toBe(401);
  }
  // A stream has its status before its first message: it says so in words, and ends.
  expect(await (await request.get("/api/trpc/events.live")).text()).toContain("UNAUTHORIZED");
  await signIn(page);
  const mutation = { data: { json: null }, headers: { Origin: "https://elsewhere.example" } };
  expect((await page.request.get("/api/trpc/system.view")).status()).toBe(200);
  expect((await page.request.post("/api/trpc/demo.load", mutation)).status()).toBe(403);
  const anonymous = await request.post("/api/trpc/demo.load", { data: { json: null } });
  expect(anonymous.status()).toBe(403);
  const fromFrame = { headers: { "Sec-Fetch-Site": "cross-site" } };
  expect((await page.request.get("/api/trpc/system.view", fromFrame)).status()).toBe(403);
});

test("the screens speak the user's language, from the first byte on and in every browser", async ({
  page,
  signIn,
  strata,
  browser,
}) => {
  await signIn(page);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitemradio", { name: "Español" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "es");
  const titles = {
    "/": "Resumen",
    "/vms": "Máquinas virtuales",
    "/restore/new": "Restaurar",
    "/backups": "Copias",
    "/activity": "Actividad",
    "/jobs": "Trabajos de copia",
    "/datastores": "Almacenes de copias",
  };
  for (const [path, title] of Object.entries(titles)) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  }
  const first = await (await page.request.get("/vms")).text();
  expect(first).toContain('<html lang="es"');
  expect(first).toContain("Saltar al contenido");

  await page.getByRole("button", { name: "Cuenta" }).click();
  await page.getByRole("menuitem", { name: "Cerrar sesión" }).click();
  await page.waitForURL(/\/login/);
  await expect(page.getByRole("heading", { name: "Iniciar sesión en Strata" })).toBeVisible();

  // Kept with the user: a browser that has never seen them gets it with the sign-in.
  const elsewhere = await browser.newContext({ baseURL: strata.url });
  const other = await elsewhere.newPage();
  await signIn(other);
  await expect(other.locator("html")).toHaveAttribute("lang", "es");
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("Resumen");
  await other.getByRole("button", { name: "Cuenta" }).click();
  await other.getByRole("menuitemradio", { name: "English" }).click();
  await expect(other.locator("html")).toHaveAttribute("lang", "en");
  await elsewhere.close();
});

test("no text on the main screens goes past the catalogue", async ({ page, signIn }) => {
  await signIn(page);
  await change(page, "user.setLocale", { locale: "en-XA" });
  const bare: string[] = [];
  try {
    await page.goto("/api/locale?to=/");
    for (const path of MAIN_PATHS) {
      await page.goto(path);
      await expect(page.locator("html")).toHaveAttribute("lang", "en-XA");
      await page.waitForFunction(() => document.querySelector("main .skeleton") === null);
      bare.push(...(await bareTexts(page)).map((text) => `${path}: ${text}`));
    }
  } finally {
    await change(page, "user.setLocale", { locale: "en" });
  }
  expect(bare).toEqual([]);
});

const MAIN_PATHS = [
  ...["/", "/vms", "/restore/new", "/backups", "/activity", "/jobs/new"],
  ...["/schedule", "/datastores", "/datastores/new", "/notifications", "/settings", "/help"],
];

/**
 * What is on screen without accents: every text of the catalogue has them here. Names of the product, code, keys and what
 * is the same in all languages do not count.
 */
async function bareTexts(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    // Names of the product, of its first datastores and user, and of programs.
    const known = /^(Strata|oneadmin|default|system|files|localhost(:.*)?|rsync|restic|qcow2)$/;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || parent.closest("code, kbd, pre, script, style, time, option") !== null) continue;
      if (parent.closest("[lang]") !== document.documentElement) continue;
      const text = (node.textContent ?? "").trim();
      const isAccented = /[åƀçðéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýž]/i.test(text);
      if (/[a-z]{4}/.test(text) && !isAccented && !known.test(text)) found.push(text);
    }
    return [...new Set(found)];
  });
}
