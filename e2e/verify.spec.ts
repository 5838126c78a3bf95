import { cp, mkdir, open, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, type Locator, type Page } from "@playwright/test";
import { change, read, runEnds } from "./api";
import { makeBootableDisk, unzipped } from "./disks";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";
import type { StrataServer } from "./strata-server";

// One story: each test goes on with what the one before has made.
test.describe.configure({ mode: "serial" });

const NAME = "vault";
let imageId = -1;
let vmId = -1;
let datastoreId = -1;

const repository = (strata: StrataServer) => path.join(strata.home, NAME, String(vmId));

async function backUp(page: Page): Promise<void> {
  const { actionId } = await change<{ actionId: number }>(page, "backup.request", { vmId, datastoreId });
  imageId = (await runEnds(page, actionId)).result.imageId ?? -1;
}

/** Starts the check of the whole backup by its button, and waits for its run. */
async function verifyByButton(page: Page): Promise<void> {
  await page.getByTestId("verify-chain").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Verify" }).click();
  await expect(page.getByRole("alertdialog")).toBeHidden();
  const { rows } = await read<{ rows: { id: number }[] }>(page, "action.list", { kind: "verify", limit: 1 });
  await runEnds(page, rows[0]?.id ?? -1);
}

async function flipByte(strata: StrataServer, incrementId: number): Promise<void> {
  const file = `disk.0.${incrementId}`;
  for (const name of await readdir(repository(strata))) {
    const found = path.join(repository(strata), name, file);
    const size = await stat(found).then(
      (stats) => stats.size,
      () => null,
    );
    if (size === null) continue;
    const handle = await open(found, "r+");
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, Math.floor(size / 2));
    await handle.write(Buffer.from([byte.readUInt8(0) ^ 0xff]), 0, 1, Math.floor(size / 2));
    await handle.close();
    return;
  }
  throw new Error(`${file} is nowhere in the repository`);
}

test("a chain is verified by its button, and its points say so", async ({ page, signIn, strata }) => {
  await signIn(page);
  const disk = path.join(strata.home, "boot-01.qcow2");
  await makeBootableDisk(disk, { "notes\n.txt": "for you\n", "large.txt": "z".repeat(400_000) });
  const datastore = { name: NAME, driver: "rsync", host: "localhost", user: "root", port: 22, limitMb: null };
  const made = await change<{ datastoreId: number }>(page, "datastore.createRsync", {
    ...datastore,
    basePath: path.join(strata.home, NAME),
    rsyncArgs: null,
  });
  datastoreId = made.datastoreId;
  const disks = [{ path: disk, format: "qcow2", isVolatile: false }];
  vmId = (await change<{ vmId: number }>(page, "vm.register", { name: "boot-01", cpu: 1, memoryMb: 128, disks })).vmId;
  await change(page, "vm.updateBackupConfig", { vmId, config: { mode: "INCREMENT" } });
  await backUp(page);
  await backUp(page);

  await page.goto(`/backups/${imageId}`);
  await expect(page.getByTestId(`point-row-${imageId}-0`)).toContainText("Checksummed");
  await verifyByButton(page);
  for (const point of [0, 1]) {
    await expect(page.getByTestId(`point-row-${imageId}-${point}`)).toContainText("Verified", { timeout: RUN_MS });
  }
  await expect(page.getByTestId("point-card")).toContainText("Read again");
});

test("a damaged point is named, and no restore of it is offered", async ({ page, signIn, strata }) => {
  await signIn(page);
  await flipByte(strata, 1);
  await page.goto(`/backups/${imageId}`);
  await verifyByButton(page);
  const row = page.getByTestId(`point-row-${imageId}-1`);
  await expect(row).toContainText("Check failed", { timeout: RUN_MS });
  await expect(row).toContainText("disk.0.1 is damaged");
  await expect(row.getByRole("link", { name: /Restore/ })).toHaveCount(0);
  await expect(page.getByTestId(`point-row-${imageId}-0`).getByRole("link", { name: /Restore/ })).toBeVisible();
  await page.goto(`/datastores/${datastoreId}`);
  await expect(page.getByTestId("datastore-checks")).toContainText("Cannot be restored1");
});

test("a boot check shows the screen of the machine", async ({ page, signIn }) => {
  await signIn(page);
  await page.goto(`/backups/${imageId}`);
  await page.getByTestId(`point-${imageId}-0`).click();
  await page.getByTestId("boot-check").click();
  await expect(page.getByRole("alertdialog")).toContainText("without any network");
  await page.getByRole("alertdialog").getByRole("button", { name: "Start the boot check" }).click();
  await expect(page.getByTestId("point-card")).toContainText("Sign of life", { timeout: RUN_MS });
  await page.getByTestId("boot-check-show").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("STRATA");
  const picture = dialog.getByRole("img");
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(720);
  const source = (await picture.getAttribute("src")) ?? "";
  const stranger = await page.context().browser()?.newContext();
  const refused = await stranger?.request.get(new URL(source, page.url()).href);
  expect(refused?.status()).toBe(401);
  await stranger?.close();
});

test("files of a point are browsed and downloaded, and nobody else gets them", async ({ page, signIn, strata }) => {
  await signIn(page);
  const files = `/backups/${imageId}/files/0`;
  await page.goto(`/vms/${vmId}`);
  await page.getByTestId(`point-${imageId}-0`).click();
  await expect(page.getByTestId("point-card").getByTestId("browse-files")).toHaveAttribute("href", files);
  await page.goto(`/backups/${imageId}`);
  await page.getByTestId(`point-${imageId}-0`).click();
  await expect(page.getByTestId("point-card").getByTestId("browse-files")).toHaveAttribute("href", files);
  await page.goto("/restore/new");
  await page.getByRole("radio", { name: "Files" }).click();
  await page.getByTestId(`source-${vmId}`).click();
  await expect(page.getByTestId("chosen-point")).toBeVisible();
  await page.getByTestId("wizard-continue").click();
  await page.waitForURL(files);
  await page.getByTestId("files-open").click();
  const listing = page.getByTestId("folder-listing");
  await expect(listing).toContainText("notes^.txt", { timeout: RUN_MS });
  const link = listing.getByRole("link", { name: "Download notes^.txt" });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toMatch(/^notes.\.txt$/);
  expect(await readFile(await download.path(), "utf8")).toBe("for you\n");
  const hrefOf = async (target: Locator) => new URL((await target.getAttribute("href")) ?? "", page.url()).href;
  const address = await hrefOf(link);
  const answer = await page.request.get(address);
  expect(answer.headers()).toMatchObject({ "x-content-type-options": "nosniff", "content-length": "8" });
  expect(answer.headers()["content-disposition"]).toMatch(/^attachment;/);
  const stranger = await page.context().browser()?.newContext();
  expect((await stranger?.request.get(address))?.status()).toBe(401);
  await stranger?.close();

  const [archive] = await Promise.all([page.waitForEvent("download"), page.getByTestId("folder-zip").click()]);
  expect(archive.suggestedFilename()).toBe(`backup-${imageId}-0-folder.zip`);
  expect(await unzipped(await archive.path())).toEqual([8, 400_000]);
  // The copy ends in the middle of a file: what was begun must not look whole, what was not is refused in words.
  const [session = ""] = await readdir(path.join(strata.home, "scratch"));
  await truncate(path.join(strata.home, "scratch", session, "disk-0.raw"), 300_000);
  await expect(page.request.get(await hrefOf(page.getByTestId("folder-zip")))).rejects.toThrow();
  const large = listing.getByRole("link", { name: "Download large.txt" });
  expect((await page.request.get(await hrefOf(large))).status()).toBe(409);
  await page.getByRole("button", { name: "lost+found" }).click();
  await expect(page.getByText("This folder is empty")).toBeVisible();
  await page.keyboard.press("Backspace");
  await expect(listing).toContainText("notes^.txt");
  await page.getByTestId("files-close").click();
  await expect(page.getByTestId("files-open")).toBeVisible();
  expect(await readdir(path.join(strata.home, "scratch"))).toEqual([]);
});

test("leftovers are listed, and go when their datastore is named", async ({ page, signIn, strata }) => {
  await signIn(page);
  const upload = path.join(repository(strata), `.tmp-${"a".repeat(24)}`);
  await mkdir(upload);
  await writeFile(path.join(upload, "disk.0.2"), Buffer.alloc(5000));
  await page.goto(`/datastores/${datastoreId}`);
  await page.getByRole("button", { name: "Scan the repository" }).click();
  const leftovers = page.getByTestId("leftovers");
  await expect(leftovers).toContainText("begun and never completed");
  await leftovers.getByRole("button", { name: "Remove 1 leftover" }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("textbox").fill(NAME);
  await dialog.getByRole("button", { name: "Remove leftovers" }).click();
  await page.waitForURL(/\/activity\/\d+/);
  await runEnds(page, Number(/\d+$/.exec(page.url())?.[0] ?? "-1"));
  expect((await readdir(repository(strata))).filter((name) => name.startsWith("."))).toEqual([]);
  expect(await readdir(repository(strata))).toHaveLength(2);
});

test("a backup that no catalogue knows is reviewed and read in; checks are scheduled", async ({
  page,
  signIn,
  strata,
}) => {
  await signIn(page);
  const [source = ""] = await readdir(repository(strata));
  const backupId = "b".repeat(24);
  await cp(path.join(repository(strata), source), path.join(repository(strata), backupId), { recursive: true });
  const manifest = path.join(repository(strata), backupId, "manifest.json");
  const content = (await readFile(manifest, "utf8")).replace(source, backupId);
  await writeFile(manifest, content.replace('"INCREMENT"', '"FULL"').replace(/"parentId": \d+/, '"parentId": -1'));
  await page.goto(`/datastores/${datastoreId}`);
  const card = page.getByTestId("read-in");
  await card.getByRole("button", { name: "Look for backups" }).click();
  await expect(card).toContainText("1 backup can be read in, 2 points are in the catalogue already.");
  await card.getByRole("button", { name: "Read in 1 backup" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Read in" }).click();
  await page.waitForURL(/\/activity\/\d+/);
  const run = await runEnds(page, Number(/\d+$/.exec(page.url())?.[0] ?? "-1"));
  await page.goto(`/backups/${run.result.imageIds?.[0] ?? -1}`);
  await expect(page.getByText("Not verified").first()).toBeVisible();

  await page.goto(`/datastores/${datastoreId}`);
  const schedule = page.getByTestId("verify-schedule");
  await schedule.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Days until a backup is checked again").fill("0");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toContainText("At least 1 day");
  await dialog.getByLabel("Days until a backup is checked again").fill("14");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(schedule).toContainText("every 14 days");
  await expect(schedule).toContainText("1 at a time");
});
