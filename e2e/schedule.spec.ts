import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { change, read } from "./api";
import { makeDisk } from "./disks";
import { test } from "./fixtures";
import { addFolderDatastore, idInAddress } from "./pages";

// One story: each test goes on with what the one before has made.
test.describe.configure({ mode: "serial" });

interface Stored {
  id: number;
  rule: { clock: string; days: number[] };
}

let jobId = -1;
let scheduleId = -1;

/** Epoch seconds of 02:00 UTC, so many days from today. */
function night(days: number): number {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, 2) / 1000;
}

async function rule(page: Page): Promise<Stored["rule"] | undefined> {
  const list = await read<Stored[]>(page, "schedule.list", { parentType: "BACKUPJOB", parentId: jobId });
  return list.find((one) => one.id === scheduleId)?.rule;
}

test("the editor foretells the runs while the fields change", async ({ page, signIn, strata }) => {
  await signIn(page);
  await addFolderDatastore(page, "store", path.join(strata.home, "store"));
  const datastoreId = idInAddress(page);
  const vmIds: number[] = [];
  for (const name of ["one", "two"]) {
    const disk = path.join(strata.home, `${name}.qcow2`);
    await makeDisk(disk, 8, 2);
    const disks = [{ path: disk, format: "qcow2", isVolatile: false }];
    const made = await change<{ vmId: number }>(page, "vm.register", { name, cpu: 1, memoryMb: 128, disks });
    vmIds.push(made.vmId);
  }
  const made = await change<{ jobId: number }>(page, "job.create", {
    ...{ name: "nightly", vmIds, datastoreId, execution: "PARALLEL" },
    schedules: [{ time: night(2), repeat: "weekly", days: [new Date(night(2) * 1000).getUTCDay()], zone: "UTC" }],
  });
  jobId = made.jobId;
  const list = await read<Stored[]>(page, "schedule.list", { parentType: "BACKUPJOB", parentId: jobId });
  scheduleId = list[0]?.id ?? -1;

  await page.goto(`/jobs/${jobId}/edit`);
  const panel = page.getByTestId("job-simulation");
  await expect(panel).toContainText("2 runs in the next 14 days.");
  await expect(panel).toContainText("2 VMs, ends about");
  await page.getByTestId("schedule-0").getByLabel("Repeats").selectOption("hourly");
  await expect(panel).toContainText(/\d\d runs in the next 14 days/);
  expect(await rule(page)).toMatchObject({ clock: "02:00:00" });
});

test("a run is moved by its dialog, and the undo gives back what was", async ({ page, signIn }) => {
  await signIn(page);
  const before = await rule(page);
  await page.goto("/schedule");
  await page.getByRole("button", { name: "Move nightly" }).first().press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("New time").fill("04:30");
  await expect(dialog.getByTestId("move-plan")).toContainText("04:30");
  expect(await rule(page)).toEqual(before);
  await dialog.getByTestId("move-confirm").click();
  await expect(dialog).toHaveCount(0);
  expect(await rule(page)).toMatchObject({ clock: "04:30:00", days: before?.days });
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => rule(page)).toEqual(before);
});

test("other limits are tried, seen and thrown away", async ({ page, signIn }) => {
  await signIn(page);
  await page.goto("/schedule");
  const finding = page.getByTestId("load-finding");
  await expect(finding).toContainText("At most 2 at once");
  await page.getByLabel("Backups at once", { exact: true }).fill("1");
  await expect(finding).toContainText("At most 1 at once");
  await expect(page.getByTestId("conflicts")).toContainText("VMs of nightly have to wait");
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(finding).toContainText("At most 2 at once");
  await expect(page.getByTestId("conflicts")).toHaveCount(0);
  const { limits } = await read<{ limits: { maxBackups: number } }>(page, "system.settings", null);
  expect(limits.maxBackups).toBe(5);
});

function dateOf(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 10);
}

test("a run is dragged to another day, and nothing changes before the plan is confirmed", async ({ page, signIn }) => {
  await signIn(page);
  const before = await rule(page);
  const target = night(3);
  await page.goto("/schedule?view=week");
  await page
    .getByTestId(`run-${scheduleId}`)
    .first()
    .hover({ position: { x: 12, y: 10 } });
  await page.mouse.down();
  const box = await page.getByTestId(`day-${dateOf(target)}`).boundingBox();
  await page.mouse.move((box?.x ?? 0) + 40, (box?.y ?? 0) + 60, { steps: 8 });
  await page.mouse.move((box?.x ?? 0) + 44, (box?.y ?? 0) + 64, { steps: 4 });
  await page.mouse.up();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("New day")).toHaveValue(dateOf(target));
  await expect(dialog.getByLabel("New time")).toHaveValue("02:00");
  expect(await rule(page)).toEqual(before);
  await dialog.getByTestId("move-confirm").click();
  await expect.poll(async () => (await rule(page))?.days).toEqual([new Date(target * 1000).getUTCDay()]);
});
