import { expect, type Page } from "@playwright/test";

/** A run on real disks, on a machine that may be busy. */
export const RUN_MS = 60_000;

/** Register a VM of one qcow2 file by the form; ends on the page of the VM when the file is accepted. */
export async function register(page: Page, name: string, file: string): Promise<void> {
  await page.goto("/vms/new");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByLabel(/Disk 0: file/).fill(file);
  await page.getByRole("button", { name: "Register VM" }).click();
}

/** Add a backup datastore in a folder of this machine by the form, with its connection test. */
export async function addFolderDatastore(page: Page, name: string, folder: string, rsyncArgs = ""): Promise<void> {
  await page.goto("/datastores/new");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Path" }).fill(folder);
  await page.getByRole("textbox", { name: "Extra rsync arguments" }).fill(rsyncArgs);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByRole("button", { name: "Add datastore" })).toBeEnabled({ timeout: RUN_MS });
  await page.getByRole("button", { name: "Add datastore" }).click();
  await page.waitForURL(/\/datastores(\/\d+)?$/);
}

/** Start a backup from the page of a VM, to the datastore whose option matches, else to the one that is offered. */
export async function startBackup(page: Page, datastore?: RegExp): Promise<void> {
  await page.getByTestId("vm-backup").click();
  const select = page.getByLabel("Backup datastore", { exact: false });
  await expect(page.getByTestId("backup-start")).toBeVisible();
  if (datastore !== undefined) {
    const option = await select.locator("option").filter({ hasText: datastore }).getAttribute("value");
    await select.selectOption(option ?? "");
  }
  await page.getByTestId("backup-start").click();
}

/** The number at the end of the address of the present page, as of /vms/7. */
export function idInAddress(page: Page): number {
  return Number(/\/(\d+)$/.exec(new URL(page.url()).pathname)?.[1] ?? "-1");
}
