import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { change, type RunView, read, runEnds } from "./api";
import { copyDisk, demoDisk, isSameDisk, vmDisk } from "./disks";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";

const PASSWORD = "canary of a password";

test("a restic datastore is tested, added, and shown without its password", async ({ page, signIn, strata }) => {
  await signIn(page);
  const answers: string[] = [];
  page.on("response", async (response) => {
    if (response.url().includes("/api/trpc/")) answers.push(await response.text().catch(() => ""));
  });
  await page.goto("/datastores/new");
  await page.getByRole("radio", { name: "Encrypted repository (restic)" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("vault");
  await page.getByRole("textbox", { name: "Path" }).fill(path.join(strata.home, "my vault"));
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText("Use at least 8 characters")).toBeVisible();
  await page.getByLabel("Repository password").fill(PASSWORD);
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText("Passed: backups can be stored there.")).toBeVisible({ timeout: RUN_MS });
  await page.getByRole("button", { name: "Add datastore" }).click();
  await page.waitForURL(/\/datastores\/\d+$/);
  await expect(page.getByText("RESTIC_SFTP_SERVER")).toBeVisible();
  await expect(page.getByText("***")).toBeVisible();
  expect(answers.join("\n")).not.toContain("canary");
  expect(await readFile(path.join(strata.home, "secret_key"), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
});

test("a demo machine is backed up to restic, in full and in an increment, and restored", async ({
  page,
  signIn,
  strata,
}) => {
  await signIn(page);
  await runEnds(page, (await change<Started>(page, "demo.load", null)).actionId);
  const stores = await read<{ id: number; name: string }[]>(page, "datastore.list", { type: "BACKUP" });
  const datastoreId = stores.find((row) => row.name === "demo-restic")?.id ?? -1;
  const { rows } = await read<{ rows: { id: number; name: string }[] }>(page, "vm.list", {});
  const vmId = rows.find((row) => row.name === "demo-web-01")?.id ?? -1;
  const first = path.join(strata.home, "first.qcow2");
  await copyDisk(demoDisk(strata.home), first);
  const full = await backUp(page, { vmId, datastoreId });
  await runEnds(page, (await change<Started>(page, "demo.change", { vmId })).actionId);
  const increment = await backUp(page, { vmId, datastoreId: null });
  expect(increment.result).toMatchObject({ imageId: full.result.imageId, incrementId: 1 });

  const restore = await change<Started>(page, "restore.start", {
    imageId: full.result.imageId,
    incrementId: 0,
    datastoreId: 1,
    name: "from-restic",
    instantiate: { name: "from-restic", hostId: 0, systemDatastoreId: 0 },
  });
  const { result } = await runEnds(page, restore.actionId);
  expect(await isSameDisk(vmDisk(strata.home, result.vmId ?? -1, 0), first)).toBe(true);
  expect(await isSameDisk(demoDisk(strata.home), first)).toBe(false);
});

interface Started {
  actionId: number;
}

async function backUp(page: Page, request: { vmId: number; datastoreId: number | null }): Promise<RunView> {
  return await runEnds(page, (await change<Started>(page, "backup.request", request)).actionId);
}
