import { readFile } from "node:fs/promises";
import { expect, type Page } from "@playwright/test";
import { change, read, runEnds } from "./api";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";

// One story: each test goes on with what the one before has made.
test.describe.configure({ mode: "serial" });

const NAME = "demo-web-01";
let vmId = -1;
let datastoreId = -1;

async function backUp(page: Page): Promise<void> {
  await runEnds(page, (await change<{ actionId: number }>(page, "backup.request", { vmId, datastoreId })).actionId);
}

test("a machine with a chain of three points", async ({ page, signIn }) => {
  await signIn(page);
  await runEnds(page, (await change<{ actionId: number }>(page, "demo.load", null)).actionId);
  const { rows } = await read<{ rows: { id: number; name: string }[] }>(page, "vm.list", {});
  vmId = rows.find((row) => row.name === NAME)?.id ?? -1;
  const datastores = await read<{ id: number; name: string }[]>(page, "datastore.list", { type: "BACKUP" });
  datastoreId = datastores.find((row) => row.name === "demo-backups")?.id ?? -1;
  await backUp(page);
  for (let n = 0; n < 2; n++) {
    await runEnds(page, (await change<{ actionId: number }>(page, "demo.change", { vmId })).actionId);
    await backUp(page);
  }
});

test("a point is pinned on its card, with an end and a reason, and its backup cannot be deleted", async ({
  page,
  signIn,
}) => {
  await signIn(page);
  await page.goto(`/vms/${vmId}?point=0.0`);
  await page.getByTestId("point-pin").click();
  const dialog = page.getByRole("dialog", { name: "Pin Increment 0 of chain 0" });
  await dialog.getByLabel("Days").fill("0");
  await expect(page.getByTestId("pin-save")).toHaveAttribute("aria-disabled", "true");
  await dialog.getByLabel("Days").fill("30");
  await dialog.getByLabel("Why").fill("before the move");
  await page.getByTestId("pin-save").click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByTestId("point-fate")).toContainText("Pinned by oneadmin until");
  await expect(page.getByTestId("point-fate")).toContainText("before the move");
  await expect(page.getByTestId("point-0-0")).toHaveAccessibleName(/pinned/);

  await page.goto("/backups/0");
  await page
    .getByRole("main")
    .getByRole("button", { name: /^Delete/ })
    .first()
    .click();
  const confirm = page.getByRole("alertdialog");
  await expect(confirm).toContainText("force does not delete pinned points either");
  await expect(confirm.getByRole("button", { name: "Delete backup" })).toHaveAttribute("aria-disabled", "true");
});

test("the policy shows what unsaved rules do to the real points, and why", async ({ page, signIn }) => {
  await signIn(page);
  await page.goto(`/vms/${vmId}?tab=policy`);
  const preview = page.getByTestId("retention-preview");
  await expect(preview).toContainText("nothing goes");
  await page.getByLabel("Points to keep in the chain").fill("1");
  await page.getByTestId("gfs-daily").fill("1");
  await expect(preview.getByTestId("preview-0-0")).toContainText("Kept");
  await expect(preview.getByTestId("preview-0-0")).toContainText("pinned until");
  await expect(preview.getByTestId("preview-0-1")).toContainText("needed by increment 3");
  await expect(preview.getByTestId("preview-next")).toContainText("daily");
  await expect(preview).toContainText("2 points stay although no rule wants them");
  await page.getByTestId("policy-save").click();
  await expect(page.getByText("Saved.")).toBeVisible();
});

test("without the pin the points go as announced on the timeline", async ({ page, signIn }) => {
  await signIn(page);
  await page.goto(`/vms/${vmId}?tab=points`);
  const row = page.getByTestId("point-row-0-0");
  await expect(row).toContainText("Pinned: before the move");
  await row.getByRole("button", { name: /Checks and pin of/ }).click();
  await page.getByRole("menuitem", { name: "Unpin" }).click();
  await expect(row).toContainText("merged by the next backup");
  await page.goto(`/vms/${vmId}`);
  for (const id of [0, 1, 2]) {
    await expect(page.getByTestId(`point-0-${id}`)).toHaveAccessibleName(/merged by the next backup/);
  }

  await backUp(page);
  await page.goto(`/vms/${vmId}?tab=points`);
  await expect(page.getByTestId("point-row-0-3")).toBeVisible();
  for (const id of [0, 1, 2]) await expect(page.getByTestId(`point-row-0-${id}`)).toHaveCount(0, { timeout: RUN_MS });
});

test("the compliance report tells who is late, filters, and gives a file", async ({ page, signIn }) => {
  await signIn(page);
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Reports" }).click();
  await expect(page.getByText("1 of 2 VMs are inside their RPO; 1 needs you.")).toBeVisible();
  const table = page.getByRole("table", { name: "RPO of each VM" });
  await expect(table.getByRole("row", { name: new RegExp(NAME) })).toContainText("In target");
  await expect(table.getByRole("row", { name: /demo-db-01/ })).toContainText("Never backed up");
  await page.getByLabel("Filter by state").selectOption("never");
  await expect(table.getByRole("row", { name: new RegExp(NAME) })).toHaveCount(0);

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  expect(csv).toContain("demo-db-01,never,1560,default");
  expect(csv).not.toContain(NAME);
});
