import path from "node:path";
import { expect } from "@playwright/test";
import { change } from "./api";
import { makeDisk } from "./disks";
import { test } from "./fixtures";

const PASSWORD = "a first password";

test("a group, a user in it, a quota, and a VM that the group may see", async ({ page, signIn, strata, browser }) => {
  await signIn(page);
  const disk = path.join(strata.home, "web.qcow2");
  await makeDisk(disk, 16, 1);
  const disks = [{ path: disk, format: "qcow2", isVolatile: false }];
  const { vmId } = await change<{ vmId: number }>(page, "vm.register", {
    name: "web-01",
    cpu: 1,
    memoryMb: 128,
    disks,
  });

  await page.goto("/admin/users?tab=groups");
  await page.getByRole("button", { name: "Add group" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("night shift");
  await page.getByRole("dialog").getByRole("button", { name: "Add group" }).click();
  await expect(page.getByRole("row", { name: /night shift/ })).toContainText("Nobody");

  await page.getByRole("tab", { name: "Users" }).click();
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "User name" }).fill("nora");
  await dialog.getByLabel("First password").fill("short");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog).toContainText("Use at least 10 characters");
  await dialog.getByLabel("First password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(page.getByRole("row", { name: /nora/ })).toContainText("Enabled");

  await page.getByRole("button", { name: "Actions for nora" }).click();
  await page.getByRole("menuitem", { name: "Groups…" }).click();
  await page.getByRole("dialog").getByRole("checkbox", { name: "night shift" }).click();
  await expect(page.getByRole("dialog").getByRole("checkbox", { name: "night shift" })).toBeChecked();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await expect(page.getByRole("row", { name: /nora/ })).toContainText("users, night shift");

  const context = await browser.newContext({ baseURL: strata.url });
  const hers = await context.newPage();
  await signIn(hers, { name: "nora", password: PASSWORD });
  await hers.goto(`/vms/${vmId}`);
  await expect(hers.getByText(/You need the USE right on VM/)).toBeVisible();
  await hers.goto("/admin/users");
  await expect(hers.getByText("Only an administrator may list users.")).toBeVisible();

  await page.goto(`/vms/${vmId}?tab=access`);
  await page.getByRole("button", { name: "Change owner or group" }).click();
  await page.getByRole("dialog").getByLabel("Group").selectOption({ label: "night shift" });
  await page.getByRole("dialog").getByRole("button", { name: "Change owner" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.getByRole("checkbox", { name: "Group: Use" }).click();
  await page.getByRole("button", { name: "Save rights" }).click();
  await expect(page.getByText("640", { exact: true })).toBeVisible();
  await expect(page.getByText("Rights of web-01 saved")).toBeVisible();

  await page.getByRole("button", { name: "Rename" }).click();
  const renaming = page.getByRole("dialog", { name: "Rename web-01" });
  await renaming.getByLabel("Name").fill("a;b");
  await renaming.getByRole("button", { name: "Rename" }).click();
  await expect(renaming.getByText(/char ';' is not allowed/)).toBeVisible();
  await renaming.getByLabel("Name").fill("web-01 of the shop");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "web-01 of the shop" })).toBeVisible();

  await hers.goto(`/vms/${vmId}?tab=access`);
  await expect(hers.getByRole("heading", { name: /web-01/ })).toBeVisible();
  await expect(hers.getByRole("checkbox", { name: "Others: Use" })).toHaveAttribute("aria-disabled", "true");

  await page.goto("/admin/quotas");
  await page.getByRole("button", { name: "Set a quota" }).first().click();
  await page.getByRole("dialog").getByLabel("User or group").selectOption({ label: "nora" });
  await page.getByRole("dialog").getByLabel("Datastore").selectOption({ index: 1 });
  await page.getByRole("dialog").getByLabel("Images").fill("3");
  await page.getByRole("dialog").getByRole("button", { name: "Save quota" }).click();
  await expect(page.getByRole("row", { name: /nora/ })).toContainText("0 of 3");

  await page.goto("/admin/audit?q=set-quota");
  await expect(page.getByRole("row", { name: /set-quota/ })).toContainText("oneadmin");
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  expect((await file).suggestedFilename()).toBe("audit.csv");

  await page.goto("/admin/users");
  await page.getByRole("button", { name: "Actions for nora" }).click();
  await page.getByRole("menuitem", { name: "Disable…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Disable user" }).click();
  await expect(page.getByRole("row", { name: /nora/ })).toContainText("Disabled");
  expect((await hers.request.get("/api/trpc/system.view")).status()).toBe(401);
  await context.close();
});
