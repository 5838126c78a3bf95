import { expect } from "@playwright/test";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";

test("a pool in Ceph: fields are checked, the test says what is missing, and it can be added all the same", async ({
  page,
  signIn,
}) => {
  await signIn(page);
  await page.goto("/datastores/new");
  await page.getByRole("radio", { name: "Ceph pool" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("fast");
  await page.getByRole("textbox", { name: "Pool name" }).fill("one/../two");
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText("Not a name of a Ceph pool, image or user")).toBeVisible();

  await page.getByRole("textbox", { name: "Pool name" }).fill("one");
  await page.getByRole("textbox", { name: "Configuration file" }).fill("/nowhere/it's $(id).conf");
  await page.getByRole("radio", { name: "Images" }).click();
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText("Not passed. The stage below says why.")).toBeVisible({ timeout: RUN_MS });
  await expect(page.getByText(/Reach Ceph and sign in: .*(is not there|is missing)/)).toBeVisible();
  const add = page.getByRole("button", { name: "Add datastore" });
  await expect(add).toHaveAttribute("aria-disabled", "true");

  await page.getByRole("checkbox", { name: "Save without a passed test" }).click();
  await add.click();
  await page.waitForURL(/\/datastores\/\d+$/, { timeout: RUN_MS });
  await expect(page.getByText("POOL_NAME")).toBeVisible();
  await expect(page.getByText("The last check failed")).toBeVisible();
  await page.goto("/datastores");
  await expect(page.getByRole("link", { name: "fast" })).toBeVisible();
});
