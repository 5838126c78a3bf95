import path from "node:path";
import { expect, type Page, type Request } from "@playwright/test";
import { isSameDisk, makeDisk, namesIn, vmDisk } from "./disks";
import { test } from "./fixtures";
import { addFolderDatastore, idInAddress, RUN_MS, register, startBackup } from "./pages";
import { pauseWriterBelow } from "./processes";

/** Ten seconds of upload at the speed below: time to look, to cancel and to crash on any machine. */
const SLOW_DATA_MB = 40;
const SLOW = "-a --bwlimit=4m";

// One Strata and its two datastores; each test has a VM of its own.
test.describe.configure({ mode: "serial", timeout: 180_000 });

/** Register a VM whose disk holds `dataMb` MiB; answers its id, on its page. */
async function makeVm(page: Page, home: string, name: string, dataMb: number): Promise<number> {
  const file = diskOf(home, name);
  await makeDisk(file, dataMb + 24, dataMb);
  await register(page, name, file);
  await expect(page.getByRole("heading", { name })).toBeVisible();
  return idInAddress(page);
}

function diskOf(home: string, name: string): string {
  return path.join(home, `${name}.qcow2`);
}

/** The whole percent that the page shows for the upload, -1 when it shows none. */
async function uploadedPercent(page: Page): Promise<number> {
  const texts = await page.getByText(/Uploading \d+ %/).allInnerTexts();
  return Number(/Uploading (\d+) %/.exec(texts[0] ?? "")?.[1] ?? "-1");
}

async function confirmCancel(page: Page, title: string): Promise<void> {
  await page
    .getByRole("main")
    .getByRole("button", { name: `Cancel: ${title}` })
    .click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel the run" }).click();
}

async function openRun(page: Page): Promise<void> {
  await page
    .getByRole("main")
    .getByRole("link", { name: /^Run \d+$/ })
    .click();
  await page.waitForURL(/\/activity\/\d+$/);
}

/** From the page of a VM with one point to the last step of its restore, with a machine to be made. */
async function restoreToReview(page: Page, name: string): Promise<void> {
  await page.getByTestId("vm-restore").click();
  for (const heading of ["When", "Disks"]) {
    await expect(page.getByRole("heading", { name: heading, level: 2 })).toBeVisible();
    await page.getByTestId("wizard-continue").click();
  }
  await page.getByTestId("restore-name").fill(name);
  await page.getByRole("radio", { name: /Also a powered-off machine/ }).click();
  await page.getByTestId("wizard-continue").click();
  await expect(page.getByTestId("restore-plan")).toBeVisible();
}

function stateOfRun(page: Page, word: string) {
  return page.getByRole("main").getByText(word, { exact: true }).first();
}

test("a slow and a fast datastore", async ({ page, signIn, strata }) => {
  await signIn(page);
  await addFolderDatastore(page, "slow", path.join(strata.home, "slow"), SLOW);
  await addFolderDatastore(page, "fast", path.join(strata.home, "fast"));
});

test("two pages show a running backup and its end without a reload", async ({ page, context, signIn, strata }) => {
  await signIn(page);
  await makeVm(page, strata.home, "live", SLOW_DATA_MB);
  const other = await context.newPage();
  await other.goto("/activity");
  await expect(other.getByRole("heading", { name: "Activity" })).toBeVisible();
  let loads = 0;
  for (const each of [page, other]) each.on("load", () => loads++);

  await startBackup(page, /^slow/);
  for (const each of [page, other]) {
    await expect.poll(() => uploadedPercent(each), { timeout: RUN_MS }).toBeGreaterThan(0);
  }
  const before = await Promise.all([uploadedPercent(page), uploadedPercent(other)]);
  await expect.poll(() => uploadedPercent(page)).toBeGreaterThan(before[0] ?? 100);
  await expect.poll(() => uploadedPercent(other)).toBeGreaterThan(before[1] ?? 100);

  await expect(page.getByRole("option", { name: /Full backup|Increment/ })).toBeVisible({ timeout: RUN_MS });
  await expect(other.getByRole("row", { name: /Backup of live/ })).toContainText("Done");
  await expect(page.getByText("Powered off", { exact: true }).first()).toBeVisible();
  expect(loads).toBe(0);
});

test("eight tabs share one stream, also when the tab that reads it is closed", async ({
  page,
  context,
  signIn,
  strata,
}) => {
  await signIn(page);
  const vmId = await makeVm(page, strata.home, "tabs", 4);
  const streams = new Set<Request>();
  context.on("request", (request) => request.url().includes("/events.live") && streams.add(request));
  context.on("requestfinished", (request) => streams.delete(request));
  context.on("requestfailed", (request) => streams.delete(request));
  const tabs: Page[] = [];
  for (let count = 0; count < 7; count++) {
    const tab = await context.newPage();
    await tab.goto("/activity");
    await expect(tab.getByText("Live", { exact: true })).toBeVisible();
    tabs.push(tab);
  }
  expect(streams.size).toBe(0); // the first page has read the one stream since before we counted
  let loads = 0;
  for (const tab of tabs) tab.on("load", () => loads++);

  await startBackup(page, /^fast/);
  await expect(page.getByRole("tab", { name: "Points (1)" })).toBeVisible({ timeout: RUN_MS });
  await page.close();
  for (const tab of tabs) {
    await expect(tab.getByRole("row", { name: /Backup of tabs/ })).toContainText("Done", { timeout: RUN_MS });
  }
  expect(streams.size).toBe(1);

  const later = await context.newPage();
  await later.goto(`/vms/${vmId}`);
  await startBackup(later, /^fast/);
  for (const tab of tabs) {
    await expect(tab.getByRole("row", { name: /Backup of tabs.*Done/ })).toHaveCount(2, { timeout: RUN_MS });
  }
  expect(streams.size).toBe(1);
  expect(loads).toBe(0);
});

test("a cancelled backup leaves nothing, and the next one works", async ({ page, signIn, strata }) => {
  await signIn(page);
  const vmId = await makeVm(page, strata.home, "cancelled", SLOW_DATA_MB);
  for (const from of ["the page of the VM", "the page of the run"]) {
    await startBackup(page, /^slow/);
    await expect.poll(() => uploadedPercent(page), { timeout: RUN_MS }).toBeGreaterThan(0);
    if (from === "the page of the VM") {
      await confirmCancel(page, "Backup of cancelled");
    } else {
      await openRun(page);
      await confirmCancel(page, "Backup of cancelled");
      await expect(stateOfRun(page, "Cancelled")).toBeVisible({ timeout: RUN_MS });
      await page.goto(`/vms/${vmId}`);
    }
    await expect(page.getByText("Powered off", { exact: true }).first()).toBeVisible({ timeout: RUN_MS });
    await expect(page.getByRole("tab", { name: "Points (0)" })).toBeVisible();
    expect(await namesIn(path.join(strata.home, "slow", String(vmId))), from).toEqual([]);
    expect(await namesIn(path.join(strata.home, "datastores", "0", String(vmId), "backup")), from).toEqual([]);
  }
  await startBackup(page, /^fast/);
  await expect(page.getByRole("tab", { name: "Points (1)" })).toBeVisible({ timeout: RUN_MS });
});

test("a cancelled restore leaves no image, no template and no VM", async ({ page, signIn, strata }) => {
  await signIn(page);
  await makeVm(page, strata.home, "unrestored", 512);
  await startBackup(page, /^fast/);
  await expect(page.getByRole("tab", { name: "Points (1)" })).toBeVisible({ timeout: RUN_MS });
  const machines = await namesIn(path.join(strata.home, "datastores", "0"));

  await restoreToReview(page, "half");
  const images = path.join(strata.home, "datastores", "1");
  const pausing = pauseWriterBelow(images, RUN_MS);
  await page.getByTestId("restore-start").click();
  const letGoOn = await pausing;
  try {
    await page.waitForURL(/\/activity\/\d+$/);
    expect(await namesIn(images)).not.toEqual([]);
    await confirmCancel(page, "Restore of unrestored");
    await expect(page.getByText("Cancel was asked for")).toBeVisible();
  } finally {
    letGoOn();
  }
  await expect(stateOfRun(page, "Cancelled")).toBeVisible({ timeout: RUN_MS });
  expect(await namesIn(images)).toEqual([]);
  expect(await namesIn(path.join(strata.home, "datastores", "0"))).toEqual(machines);
  await page.goto("/vms");
  await expect(page.getByRole("link", { name: /^unrestored/ }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: /^half/ })).toHaveCount(0);
});

test("a backup goes on after the server was killed, and its point is the disk", async ({ page, signIn, strata }) => {
  await signIn(page);
  const vmId = await makeVm(page, strata.home, "killed", SLOW_DATA_MB);
  await startBackup(page, /^slow/);
  await expect.poll(() => uploadedPercent(page), { timeout: RUN_MS }).toBeGreaterThan(0);
  await openRun(page);
  await expect.poll(() => uploadedPercent(page)).toBeGreaterThan(0);
  let loads = 0;
  page.on("load", () => loads++);

  await strata.kill();
  await expect(page.getByText("No connection to the core")).toBeVisible();
  await strata.restart();

  // The page takes up the stream behind what it saw last.
  await expect(stateOfRun(page, "Done")).toBeVisible({ timeout: 2 * RUN_MS });
  await expect(page.getByText("No connection to the core")).toBeHidden();
  expect(loads).toBe(0);
  await page.goto(`/vms/${vmId}`);
  await expect(page.getByRole("tab", { name: "Points (1)" })).toBeVisible();
  await expect(page.getByText("Powered off", { exact: true }).first()).toBeVisible();
  expect(await namesIn(path.join(strata.home, "slow", String(vmId)))).toHaveLength(1);

  await restoreToReview(page, "carried-on");
  await page.getByTestId("restore-start").click();
  const link = page
    .getByRole("main")
    .getByRole("link", { name: /^VM \d+/ })
    .last();
  await expect(stateOfRun(page, "Done")).toBeVisible({ timeout: RUN_MS });
  const restored = Number(/\/vms\/(\d+)/.exec((await link.getAttribute("href")) ?? "")?.[1] ?? "-1");
  expect(restored).not.toBe(vmId);
  expect(await isSameDisk(vmDisk(strata.home, restored, 0), diskOf(strata.home, "killed"))).toBe(true);
});
