import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { change, read, runEnds } from "./api";
import { copyDisk, demoDisk, isSameDisk, vmDisk } from "./disks";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";

// One story: each test goes on with what the one before has made.
test.describe.configure({ mode: "serial" });

const NAME = "demo-web-01";
let vmId = -1;
/** Copies of the demo disk: at its full backup, and as it was before it was overwritten. */
let first = "";
let present = "";

/** From the step Disks of an in-place restore to its run. */
async function overwrite(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Disks", exact: true })).toBeVisible();
  await page.getByTestId("wizard-continue").click();
  await expect(page.getByRole("heading", { name: "Where and how" })).toBeVisible();
  await expect(page.getByRole("radio", { name: "In place" })).toBeChecked();
  await expect(page.getByTestId("overwritten")).toContainText("Disk 0");
  await page.getByTestId("wizard-continue").click();
  await expect(page.getByTestId("in-place-plan")).toBeVisible();
  const start = page.getByTestId("restore-start");
  await expect(start).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByRole("status").filter({ hasText: `Type the name of the machine, ${NAME}` })).toBeVisible();
  await page.getByTestId("in-place-confirm").fill(NAME);
  await start.click();
  await page.waitForURL(/\/activity\/\d+/);
  await expect(page.getByText("of the machine, replaced")).toBeVisible({ timeout: RUN_MS });
}

test("a machine with a full backup and changes since", async ({ page, signIn, strata }) => {
  first = path.join(strata.home, "first.qcow2");
  present = path.join(strata.home, "present.qcow2");
  await signIn(page);
  await runEnds(page, (await change<{ actionId: number }>(page, "demo.load", null)).actionId);
  const { rows } = await read<{ rows: { id: number; name: string }[] }>(page, "vm.list", {});
  vmId = rows.find((row) => row.name === NAME)?.id ?? -1;
  const datastores = await read<{ id: number; name: string }[]>(page, "datastore.list", { type: "BACKUP" });
  const datastoreId = datastores.find((row) => row.name === "demo-backups")?.id ?? -1;
  await runEnds(page, (await change<{ actionId: number }>(page, "backup.request", { vmId, datastoreId })).actionId);
  await copyDisk(demoDisk(strata.home), first);
  await runEnds(page, (await change<{ actionId: number }>(page, "demo.change", { vmId })).actionId);
  await copyDisk(demoDisk(strata.home), present);
  expect(await isSameDisk(first, present)).toBe(false);
});

test("in place from the machine's menu, with a safety point", async ({ page, signIn, strata }) => {
  await signIn(page);
  await page.goto(`/vms/${vmId}`);
  await page.getByRole("button", { name: `More actions of ${NAME}` }).click();
  await page.getByRole("menuitem", { name: "Restore in place" }).click();
  await expect(page.getByRole("heading", { name: "When", exact: true })).toBeVisible();
  await page.getByTestId("point-0-0").click();
  await page.getByTestId("wizard-continue").click();
  await overwrite(page);
  expect(await isSameDisk(demoDisk(strata.home), first)).toBe(true);
});

test("undo goes back to the safety point", async ({ page, signIn, strata }) => {
  await signIn(page);
  const { rows } = await read<{ rows: { id: number; kind: string }[] }>(page, "action.list", {});
  const run = rows.find((row) => row.kind === "restore-in-place")?.id ?? -1;
  await page.goto(`/activity/${run}`);
  await page.getByTestId("in-place-undo").click();
  await overwrite(page);
  expect(await isSameDisk(demoDisk(strata.home), present)).toBe(true);
});

test("a copy of the disk is attached to a machine", async ({ page, signIn, strata }) => {
  await signIn(page);
  await page.goto(`/restore/new?vm=${vmId}&image=0&inc=0&scope=disk&disks=0&step=where`);
  await page.getByRole("radio", { name: "As a further disk" }).click();
  await page.getByTestId("restore-attach-vm").selectOption({ label: `${NAME} (VM ${vmId}, poweroff)` });
  await page.getByTestId("wizard-continue").click();
  await expect(page.getByTestId("check-attach")).toContainText("Fine");
  await page.getByTestId("restore-start").click();
  await page.waitForURL(/\/activity\/\d+/);
  await expect(page.getByRole("link", { name: `A disk of VM ${vmId}` })).toBeVisible({ timeout: RUN_MS });
  const { disks } = await read<{ disks: { diskId: number; imageId: number | null }[] }>(page, "vm.get", { vmId });
  const attached = disks.find((disk) => disk.imageId !== null)?.diskId ?? -1;
  expect(await isSameDisk(vmDisk(strata.home, vmId, attached), first)).toBe(true);
});
