import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { change, read, runEnds } from "./api";
import { makeDisk } from "./disks";
import { test } from "./fixtures";
import { addFolderDatastore, idInAddress, RUN_MS } from "./pages";
import type { StrataServer } from "./strata-server";

// One story: the second test goes on with what the first has made.
test.describe.configure({ mode: "serial" });

let vmIds: number[] = [];

async function machine(page: Page, strata: StrataServer, name: string): Promise<number> {
  const disk = path.join(strata.home, `${name}.qcow2`);
  await makeDisk(disk, 8, 2);
  const disks = [{ path: disk, format: "qcow2", isVolatile: false }];
  const { vmId } = await change<{ vmId: number }>(page, "vm.register", { name, cpu: 1, memoryMb: 128, disks });
  return vmId;
}

test("every field of the editor is saved, and shown when the job is edited again", async ({ page, signIn, strata }) => {
  await signIn(page);
  await addFolderDatastore(page, "first", path.join(strata.home, "first"));
  await addFolderDatastore(page, "second", path.join(strata.home, "second"));
  vmIds = [await machine(page, strata, "one"), await machine(page, strata, "two")];
  const stores = await read<{ id: number; name: string }[]>(page, "datastore.list", { type: "BACKUP" });
  const storeId = (name: string) => stores.find((store) => store.name === name)?.id ?? -1;
  const made = await change<{ jobId: number }>(page, "job.create", {
    name: "before",
    vmIds: [vmIds[0]],
    datastoreId: storeId("first"),
    extra: { DESCRIPTION: ["made by a program"] }, // the editor has no field for it
  });

  const texts: Record<string, string> = {
    "Keep the last": "9",
    "RPO in hours": "26",
    "Automatic retries of a failed VM": "3",
    "First retry after (minutes)": "7",
    "New chain every (runs)": "20",
    "New chain every (days)": "30",
    Labels: "production, database",
  };
  const choices: Record<string, string> = { "File system freeze": "SUSPEND", "How increments are found": "CBT" };
  const radios = [/^Increments/, /^At the same time/];
  const boxes = ["Volatile disks too", "Begin a new chain at every run"];

  await page.goto(`/jobs/${made.jobId}/edit`);
  await page.getByRole("textbox", { name: "Name" }).first().fill("after");
  await page.getByTestId(`candidate-${vmIds[1]}`).getByRole("checkbox").click();
  await page.getByRole("switch", { name: "Also every VM that fits a rule" }).click();
  await page.getByRole("textbox", { name: "Name" }).nth(1).fill("web-*");
  await page.getByRole("button", { name: "Leave a VM out" }).click();
  await page.getByRole("combobox", { name: "VM left out 1" }).selectOption(String(vmIds[1]));
  await page.getByRole("textbox", { name: "Reason 1" }).fill("it is rebuilt from a recipe");
  await page.getByLabel("Backup datastore").selectOption(String(storeId("second")));
  for (const name of radios) await page.getByRole("radio", { name }).click();
  for (const name of boxes) await page.getByRole("checkbox", { name }).click();
  for (const [label, value] of Object.entries(choices)) await page.getByLabel(label).selectOption(value);
  for (const [label, value] of Object.entries(texts)) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByLabel("Priority").fill("49");
  await page.getByTestId("job-save").click();
  await page.waitForURL(/\/jobs\/\d+$/);
  await expect(page.getByRole("heading", { name: /after/, level: 1 })).toBeVisible();

  await page.goto(`/jobs/${idInAddress(page)}/edit`);
  await expect(page.getByRole("textbox", { name: "Name" }).first()).toHaveValue("after");
  await expect(page.getByTestId(`chosen-${vmIds[1]}`)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Name" }).nth(1)).toHaveValue("web-*");
  await expect(page.getByRole("combobox", { name: "VM left out 1" })).toHaveValue(String(vmIds[1]));
  await expect(page.getByRole("textbox", { name: "Reason 1" })).toHaveValue("it is rebuilt from a recipe");
  await expect(page.getByLabel("Backup datastore")).toHaveValue(String(storeId("second")));
  for (const name of radios) await expect(page.getByRole("radio", { name })).toBeChecked();
  for (const name of boxes) await expect(page.getByRole("checkbox", { name })).toBeChecked();
  for (const [label, value] of Object.entries(choices)) await expect(page.getByLabel(label)).toHaveValue(value);
  for (const [label, value] of Object.entries(texts)) {
    await expect(page.getByLabel(label, { exact: true })).toHaveValue(value);
  }
  await expect(page.getByLabel("Priority")).toHaveValue("49");
  const kept = { extra: { DESCRIPTION: ["made by a program"] }, keepLast: 9 };
  expect(await read(page, "job.get", { jobId: made.jobId })).toMatchObject({ settings: kept });

  await page.goto(`/jobs/new?from=${made.jobId}`);
  await expect(page.getByLabel("Keep the last", { exact: true })).toHaveValue("9");
  await page.getByRole("textbox", { name: "Name" }).first().fill("a copy");
  await page.getByTestId("job-save").click();
  await page.waitForURL(/\/jobs\/\d+$/);
  expect(idInAddress(page)).not.toBe(made.jobId);
  expect(await read(page, "job.get", { jobId: idInAddress(page) })).toMatchObject({ settings: kept });
});

test("snapshots and increments exclude each other, and both sides say so", async ({ page, signIn }) => {
  await signIn(page);
  const [vmId = -1] = vmIds;
  const snapshot = { vmId, diskId: 0, name: "before the update" };
  const { actionId } = await change<{ actionId: number }>(page, "vm.createDiskSnapshot", snapshot);
  await runEnds(page, actionId);
  const refusal = await change(page, "vm.updateBackupConfig", { vmId, config: { mode: "INCREMENT" } }).catch(String);
  expect(refusal).toContain("VM cannot use backup increment mode, it has disks snapshots");

  // A job of increments takes full backups of such a VM, as in the reference; its editor says so before.
  const { rows } = await read<{ rows: { id: number; name: string }[] }>(page, "job.list", {});
  const jobId = rows.find((job) => job.name === "after")?.id;
  await page.goto(`/jobs/${jobId}/edit`);
  await expect(page.getByTestId(`candidate-${vmId}`)).toContainText(/full/i);
  await page.goto(`/jobs/${jobId}`);
  await page.getByRole("button", { name: "Run now: after" }).click();
  const updated = page.getByTestId("job-board").getByRole("region", { name: "Updated" });
  await expect(updated.getByTestId(`member-${vmId}`)).toBeVisible({ timeout: RUN_MS });
  await page.goto(`/vms/${vmId}?tab=policy`);
  await expect(page.getByRole("radio", { name: /^Increment/ })).toHaveAttribute("aria-disabled", "true");
});
