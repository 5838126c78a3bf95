import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { copyDisk, demoDisk, isSameDisk, vmDisk } from "./disks";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";

// One story: each test goes on with what the one before has made.
test.describe.configure({ mode: "serial" });

/** Copies of the demo disk at the moment of each increment. */
let first = "";
let second = "";

async function openDemoVm(page: Page): Promise<void> {
  await page.goto("/vms");
  await page.getByRole("link", { name: "demo-web-01" }).first().click();
  await expect(page.getByRole("heading", { name: "demo-web-01" })).toBeVisible();
}

async function backUp(page: Page, kind: "full" | "increment", pointId: string): Promise<void> {
  await page.getByTestId("vm-backup").click();
  await expect(page.getByTestId("backup-start")).toHaveText(`Back up (${kind})`);
  await page.getByTestId("backup-start").click();
  await expect(page.getByTestId(pointId)).toBeVisible({ timeout: RUN_MS });
}

/** From the wizard's step Disks to the finished run; answers the id of the VM it made. */
async function finishWizard(page: Page, name: string, increment: number): Promise<number> {
  await expect(page.getByTestId("wizard-summary")).toContainText(`Increment ${increment} of chain 0`);
  await expect(page.getByRole("cell", { name: /^Disk 0/ })).toBeVisible();
  await page.getByTestId("wizard-continue").click();
  await page.getByTestId("restore-name").fill(name);
  await page.getByRole("radio", { name: /NO_IP/ }).click();
  await page.getByRole("radio", { name: /Also a powered-off machine/ }).click();
  await page.getByTestId("restore-vm-name").fill(`${name}-vm`);
  await page.getByTestId("wizard-continue").click();
  await expect(page.getByTestId("restore-plan")).toBeVisible();
  await page.getByTestId("restore-start").click();
  await page.waitForURL(/\/activity\/\d+/);
  const link = page
    .getByRole("main")
    .getByRole("link", { name: /^VM \d+/ })
    .first();
  await expect(link).toBeVisible({ timeout: RUN_MS });
  return Number(/\/vms\/(\d+)/.exec((await link.getAttribute("href")) ?? "")?.[1] ?? "-1");
}

test("the demo machines are loaded from the empty overview", async ({ page, signIn }) => {
  await signIn(page);
  await expect(page.getByText("Three steps to your first backup")).toBeVisible();
  await page.getByRole("button", { name: "Load demo machines" }).click();
  await expect(page.getByText("demo-web-01").first()).toBeVisible({ timeout: RUN_MS });
  await expect(page.getByText("demo-db-01").first()).toBeVisible({ timeout: RUN_MS });
});

test("back up, change the disk, back up: a full and an increment", async ({ page, signIn, strata }) => {
  first = path.join(strata.home, "first.qcow2");
  second = path.join(strata.home, "second.qcow2");
  await signIn(page);
  await openDemoVm(page);
  await backUp(page, "full", "point-0-0");
  await copyDisk(demoDisk(strata.home), first);
  await page.getByTestId("demo-change").click();
  await expect(async () => expect(await isSameDisk(demoDisk(strata.home), first)).toBe(false)).toPass({
    timeout: RUN_MS,
  });
  await expect(page.getByText("Powered off", { exact: true }).first()).toBeVisible({ timeout: RUN_MS });
  await backUp(page, "increment", "point-0-1");
  await copyDisk(demoDisk(strata.home), second);
});

test("increment 0, picked in the VM's timeline, is what is restored", async ({ page, signIn, strata }) => {
  await signIn(page);
  await openDemoVm(page);
  await page.getByTestId("point-0-0").click();
  await expect(page.getByTestId("point-card")).toContainText("Increment 0");
  await page.getByTestId("point-restore").click();
  const vmId = await finishWizard(page, "from-timeline", 0);
  expect(await isSameDisk(vmDisk(strata.home, vmId, 0), first)).toBe(true);
  expect(await isSameDisk(vmDisk(strata.home, vmId, 0), second)).toBe(false);
});

test("increment 1, picked in the table of a backup, is what is restored", async ({ page, signIn, strata }) => {
  await signIn(page);
  await page.goto("/backups/0");
  await page
    .getByTestId("point-row-0-1")
    .getByRole("link", { name: /Restore/ })
    .or(page.getByTestId("point-row-0-1").getByRole("button", { name: /Restore/ }))
    .first()
    .click();
  const vmId = await finishWizard(page, "from-backups", 1);
  expect(await isSameDisk(vmDisk(strata.home, vmId, 0), second)).toBe(true);
  expect(await isSameDisk(vmDisk(strata.home, vmId, 0), first)).toBe(false);
});

test("increment 0, picked in the wizard itself, is what is restored", async ({ page, signIn, strata }) => {
  await signIn(page);
  await page.goto("/restore/new");
  await page.getByTestId("source-0").click(); // choosing a machine leads to its points
  await page.getByTestId("point-0-0").click();
  await expect(page.getByTestId("chosen-point")).toContainText("Increment 0");
  await page.getByTestId("wizard-continue").click();
  const vmId = await finishWizard(page, "from-wizard", 0);
  expect(await isSameDisk(vmDisk(strata.home, vmId, 0), first)).toBe(true);
});
