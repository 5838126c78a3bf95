import { execFile } from "node:child_process";
import { access, readdir, rename } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "@playwright/test";
import { test } from "./fixtures";
import { addFolderDatastore, RUN_MS, register, startBackup } from "./pages";

const exec = promisify(execFile);
/** Everything that a careless program would hand to a shell. */
const AWKWARD = `it's a "disk" $(touch pwned) ; & é.qcow2`;

test.describe.configure({ mode: "serial" });

test("a disk file that is not there is refused with its name, and no VM appears", async ({ page, signIn, strata }) => {
  await signIn(page);
  const missing = path.join(strata.home, AWKWARD);
  await register(page, "missing", missing);
  await expect(page.getByText(/does not exist on the host/).first()).toContainText("$(touch pwned)");
  await page.goto("/vms");
  await expect(page.getByRole("heading", { name: "Virtual machines" })).toBeVisible();
  await expect(page.getByRole("link", { name: "missing", exact: true })).toHaveCount(0);
  await expect(access(path.join(strata.home, "pwned"))).rejects.toThrow();
});

test("a wrong ssh host fails at the stage that it fails at", async ({ page, signIn }) => {
  await signIn(page);
  await page.goto("/datastores/new");
  await page.getByRole("textbox", { name: "Name" }).fill("nowhere");
  await page.getByRole("radio", { name: /ssh|server|another/i }).click();
  await page.getByRole("textbox", { name: "Host" }).fill("backup.invalid");
  await page.getByRole("textbox", { name: "Path" }).fill("/srv/backups");
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText(/Cannot reach .*backup\.invalid/).first()).toBeVisible({ timeout: RUN_MS });
  await expect(page.getByRole("button", { name: "Add datastore" })).toHaveAttribute("aria-disabled", "true");
});

test("a disk that becomes unreadable fails the backup with a reason; the next backup works", async ({
  page,
  signIn,
  strata,
}) => {
  await signIn(page);
  const disk = path.join(strata.home, AWKWARD);
  await exec("qemu-img", ["create", "-q", "-f", "qcow2", disk, "64M"]);
  await addFolderDatastore(page, "store", path.join(strata.home, "my store's $(folder)"));
  await register(page, "awkward", disk);
  await expect(page.getByRole("heading", { name: "awkward" })).toBeVisible();

  await rename(disk, `${disk}.away`);
  await startBackup(page);
  await expect(page.getByText("Failing").first()).toBeVisible({ timeout: RUN_MS });
  await page.getByRole("tab", { name: "Activity" }).click();
  await page.locator('main a[href^="/activity/"]').first().click();
  await page.waitForURL(/\/activity\/\d+/);
  await expect(page.getByText("Why it failed")).toBeVisible();
  await expect(page.getByText(/disk\.0 does not exist on the host/).first()).toBeVisible();
  await expect(page.getByRole("log").or(page.getByLabel(/log/i)).first()).toContainText("disk.0");
  await expect(readdir(path.join(strata.home, "my store's $(folder)", "0"))).rejects.toThrow();
  await rename(`${disk}.away`, disk);

  await page.getByRole("link", { name: "Open the VM" }).click();
  await expect(page.getByText("Powered off", { exact: true }).first()).toBeVisible();
  await startBackup(page);
  await expect(page.getByTestId("point-0-0")).toBeVisible({ timeout: RUN_MS });
  await expect(access(path.join(strata.home, "pwned"))).rejects.toThrow();
});

test("a repository without room says what it needs before anything starts", async ({ page, signIn, strata }) => {
  const folder = path.join(strata.home, "full");
  await exec("mkdir", ["-p", folder]);
  await exec("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]);
  try {
    await signIn(page);
    await addFolderDatastore(page, "full", folder);
    await page.goto("/vms");
    await page.getByRole("link", { name: "awkward" }).first().click();
    await startBackup(page, /^full/);
    await expect(page.getByText(/Not enough free space on target datastore/).first()).toBeVisible();
    await expect(page.getByText(/64 MiB may be needed/).first()).toBeVisible();
    const left = (await readdir(folder)).filter((name) => name !== ".repo-id");
    expect(left).toEqual([]);
  } finally {
    await exec("umount", [folder]);
  }
});
