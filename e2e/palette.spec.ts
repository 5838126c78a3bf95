import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { change } from "./api";
import { test } from "./fixtures";

test("by keyboard alone: find a datastore, go to pages, see the keys, switch them off", async ({
  page,
  signIn,
  strata,
}) => {
  await signIn(page);
  const { datastoreId } = await change<{ datastoreId: number }>(page, "datastore.createRsync", {
    name: "cold_store",
    driver: "rsync",
    host: "localhost",
    user: "root",
    port: 22,
    limitMb: null,
    basePath: `${strata.home}/cold`,
    rsyncArgs: null,
  });
  const palette = page.getByRole("dialog", { name: "Find or do something" });
  await page.keyboard.press("Control+k");
  await expect(palette.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("cold_");
  await expect(palette.getByRole("option", { name: /cold_store/ })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await page.waitForURL(`/datastores/${datastoreId}`);
  await expect(palette).toBeHidden();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("no such thing at all");
  await expect(palette).toContainText("Nothing is called");
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();

  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.waitForURL("/activity");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await expect(keys).toContainText("Go to Backup jobs");
  await keys.getByRole("switch", { name: "Keys without Ctrl" }).click();
  await page.keyboard.press("Escape");
  await expect(keys).toBeHidden();
  await page.keyboard.press("g");
  await page.keyboard.press("v");
  await page.keyboard.press("?");
  await expect(keys).toBeHidden();
  expect(new URL(page.url()).pathname).toBe("/activity");
});

test("the high contrast themes are chosen by name, kept, and have the contrast", async ({ page, signIn }) => {
  await signIn(page);
  for (const theme of ["contrast-light", "contrast-dark"]) {
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog", { name: "Find or do something" }).getByRole("combobox")).toBeFocused();
    await page.keyboard.type(`high ${theme.replace("-", ", ")}`);
    await page.keyboard.press("Enter");
    await expect(page.locator("html")).toHaveClass(new RegExp(theme));
    await page.reload();
    await expect(page.locator("html")).toHaveClass(new RegExp(theme));
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withRules(["color-contrast-enhanced"]).analyze();
    expect(violations.flatMap((rule) => rule.nodes.map((node) => `${theme}: ${node.html}`))).toEqual([]);
  }
});
