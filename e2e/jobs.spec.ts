import { rename } from "node:fs/promises";
import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { change, read } from "./api";
import { makeDisk } from "./disks";
import { test } from "./fixtures";
import { addFolderDatastore, idInAddress, RUN_MS } from "./pages";
import type { StrataServer } from "./strata-server";

// One story: each test goes on with what the one before has made.
test.describe.configure({ mode: "serial" });

interface JobView {
  members: { vmId: number; list: string; actionId: number | null }[];
  runs: {
    trigger: string;
    planned: number;
    done: number;
    failed: number;
    endedAt: number | null;
    isCancelled: boolean;
  }[];
}

let datastoreId = -1;
let first = -1;
let second = -1;
let jobId = -1;

const diskOf = (strata: StrataServer, name: string) => path.join(strata.home, `${name}.qcow2`);

async function machine(page: Page, strata: StrataServer, name: string, dataMb: number): Promise<number> {
  await makeDisk(diskOf(strata, name), 2 * dataMb, dataMb);
  const disks = [{ path: diskOf(strata, name), format: "qcow2", isVolatile: false }];
  const { vmId } = await change<{ vmId: number }>(page, "vm.register", { name, cpu: 1, memoryMb: 256, disks });
  return vmId;
}

const jobNow = (page: Page, id = jobId) => read<JobView>(page, "job.get", { jobId: id });
const column = (page: Page, list: string) => page.getByTestId("job-board").getByRole("region", { name: list });

test("a job with two VMs and a schedule a few seconds ahead, made in the editor", async ({ page, signIn, strata }) => {
  await signIn(page);
  await addFolderDatastore(page, "store", path.join(strata.home, "store"));
  [{ id: datastoreId }] = await read<[{ id: number }]>(page, "datastore.list", { type: "BACKUP" });
  first = await machine(page, strata, "app-01", 4);
  second = await machine(page, strata, "app-02", 4);

  await page.goto("/jobs");
  await page.getByRole("link", { name: "Start with a nightly job" }).click();
  await page.getByRole("textbox", { name: "Name" }).first().fill("apps");
  await page.getByTestId(`candidate-${first}`).getByRole("checkbox").click();
  await page.getByTestId(`candidate-${second}`).getByRole("checkbox").click();
  // By keyboard: the second VM goes first, and keeps the focus.
  await page.getByTestId(`chosen-${second}`).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(page.getByTestId(`chosen-${second}`)).toHaveAccessibleName(/app-02, 1 of 2/);
  await expect(page.getByTestId(`chosen-${second}`)).toBeFocused();
  await page.getByLabel("Backup datastore").selectOption(String(datastoreId));

  const twin = page.getByTestId("schedule-twin");
  await expect(twin).toContainText("every day at 02:00");
  await twin.getByText("Next 10 runs").click();
  await expect(twin.getByRole("listitem")).toHaveCount(10);
  await page.getByRole("button", { name: "Monday" }).click();
  await expect(twin).toContainText("every Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday at 02:00");
  await page.getByRole("button", { name: "Remove schedule 1" }).click();
  await page.getByTestId("job-save").click();
  await page.waitForURL(/\/jobs\/\d+$/);
  jobId = idInAddress(page);

  const time = Math.floor(Date.now() / 1000) + 4;
  await change(page, "schedule.add", { parentType: "BACKUPJOB", parentId: jobId, schedule: { time } });
  await expect(column(page, "Updated").getByTestId(`member-${first}`)).toBeVisible({ timeout: RUN_MS });
  await expect(column(page, "Updated").getByTestId(`member-${second}`)).toBeVisible({ timeout: RUN_MS });
});

test("it ran by its schedule, one after the other in its order, and both VMs have their point", async ({
  page,
  signIn,
}) => {
  await signIn(page);
  await expect.poll(async () => (await jobNow(page)).runs[0]?.endedAt ?? null, { timeout: RUN_MS }).not.toBeNull();
  const { members, runs } = await jobNow(page);
  expect(runs).toMatchObject([{ trigger: "schedule", planned: 2, done: 2, failed: 0 }]);
  const runOf = (vmId: number) => members.find((member) => member.vmId === vmId)?.actionId ?? -1;
  const times = (vmId: number) =>
    read<{ startedAt: number; endedAt: number }>(page, "action.get", { actionId: runOf(vmId) });
  expect((await times(second)).endedAt).toBeLessThanOrEqual((await times(first)).startedAt);
  for (const vmId of [first, second]) {
    await page.goto(`/vms/${vmId}?tab=points`);
    await expect(page.getByRole("tab", { name: "Points (1)" })).toBeVisible();
  }
  await page.goto(`/jobs/${jobId}`);
  await expect(page.getByRole("table", { name: "Runs of this job" }).getByRole("row")).toHaveCount(2);
});

test("a VM that failed says why, and is retried", async ({ page, signIn, strata }) => {
  await signIn(page);
  const file = diskOf(strata, "app-01");
  await rename(file, `${file}.away`);
  await page.goto(`/jobs/${jobId}`);
  await page.getByRole("button", { name: "Run now: apps" }).click();
  await expect(column(page, "Error").getByTestId(`member-${first}`)).toBeVisible({ timeout: RUN_MS });
  await expect(column(page, "Updated").getByTestId(`member-${second}`)).toBeVisible({ timeout: RUN_MS });
  await rename(`${file}.away`, file);
  await page.getByRole("button", { name: "Retry failed" }).click();
  await expect(column(page, "Updated").getByTestId(`member-${first}`)).toBeVisible({ timeout: RUN_MS });
});

test("a run is cancelled: who waits leaves, who runs is stopped", async ({ page, signIn, strata }) => {
  await signIn(page);
  const slow = await change<{ datastoreId: number }>(page, "datastore.createRsync", {
    ...{ name: "slow", driver: "rsync", host: "localhost", user: "root", port: 22, limitMb: null },
    ...{ basePath: path.join(strata.home, "slow"), rsyncArgs: "-a --bwlimit=200k" },
  });
  const vmIds = [await machine(page, strata, "big-01", 64), await machine(page, strata, "big-02", 4)];
  const made = await change<{ jobId: number }>(page, "job.create", { ...slow, name: "slow-job", vmIds });
  await page.goto(`/jobs/${made.jobId}`);
  await page.getByRole("button", { name: "Run now: slow-job" }).click();
  await expect(column(page, "Backing up").getByTestId(`member-${vmIds[0]}`)).toBeVisible({ timeout: RUN_MS });
  await expect(column(page, "Outdated").getByTestId(`member-${vmIds[1]}`)).toContainText("one VM after the other");
  await page.getByRole("button", { name: "Cancel run of slow-job" }).click();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expect(column(page, "Error").getByTestId(`member-${vmIds[0]}`)).toBeVisible({ timeout: RUN_MS });
  await expect(column(page, "Outdated").getByRole("listitem")).toHaveCount(0);
  await expect(page.getByRole("table", { name: "Runs of this job" }).getByText("Cancelled")).toBeVisible();
});

test("what is not possible says why", async ({ page, signIn }) => {
  await signIn(page);
  await page.goto("/jobs/new");
  await expect(page.getByTestId(`candidate-${first}`)).toContainText("Already in job apps");
  await expect(page.getByTestId(`candidate-${first}`).getByRole("checkbox")).toBeDisabled();
  await page.getByTestId(`candidate-${first}`).getByRole("checkbox").click({ force: true });
  await expect(page.getByTestId(`chosen-${first}`)).toHaveCount(0);
  await page.getByRole("textbox", { name: "Name" }).first().fill("apps");
  await page.getByTestId("job-save").click();
  await expect(page.getByRole("textbox", { name: "Name" }).first()).toHaveAttribute("aria-invalid", "true");

  const refusal = (input: object, procedure: string) =>
    change(page, procedure, input).then(
      () => "accepted",
      (error: unknown) => String(error),
    );
  const taken = await refusal({ name: "other", vmIds: [first] }, "job.create");
  expect(taken).toContain(`already in Backup Job ${jobId}`);
  // "+60" has no place in the typed input; the number that stands for it is refused too.
  const parent = { parentType: "BACKUPJOB", parentId: jobId };
  expect(await refusal({ ...parent, schedule: { time: "+60" } }, "schedule.add")).not.toBe("accepted");
  expect(await refusal({ ...parent, schedule: { time: -1 } }, "schedule.add")).toContain("Unable to parse the time");
});

test("the schedule screen shows it, pauses all of it, and a VM has schedules of its own", async ({ page, signIn }) => {
  await signIn(page);
  const schedule = { time: Math.floor(Date.now() / 1000) + 3600, repeat: "weekly", days: [0, 1, 2, 3, 4, 5, 6] };
  await change(page, "schedule.add", { parentType: "BACKUPJOB", parentId: jobId, schedule });
  await page.goto("/schedule");
  await expect(page.getByRole("main").getByRole("link", { name: "apps" }).first()).toBeVisible();
  for (const view of ["Week", "Month"]) {
    await page.getByRole("tab", { name: view }).click();
    await expect(page.getByRole("main").getByRole("link", { name: /apps/ }).first()).toBeVisible();
  }
  await page.getByRole("button", { name: "Pause all" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause all" }).click();
  await expect(page.getByText("Everything scheduled is paused")).toBeVisible();
  await page.getByRole("button", { name: "Resume all" }).click();
  await expect(page.getByText("Everything scheduled is paused")).toHaveCount(0);

  await page.goto("/settings");
  await page.getByLabel("Backups at once (MAX_BACKUPS)").fill("7");
  await page.getByRole("button", { name: "Save limits" }).click();
  await expect
    .poll(async () => (await read<{ limits: { maxBackups: number } }>(page, "system.settings", null)).limits.maxBackups)
    .toBe(7);

  await page.goto(`/vms/${second}?tab=schedules`);
  await page.getByTestId("vm-schedule-add").click();
  await expect(page.getByRole("dialog").getByTestId("schedule-twin")).toContainText("every day at 02:00");
  await page.getByTestId("vm-schedule-save").click();
  await expect(page.getByText(/every day at 02:00/)).toBeVisible();
  await page.getByRole("button", { name: "Delete reboot" }).click();
  await page.getByRole("button", { name: "Delete scheduled action" }).click();
  await expect(page.getByText("No scheduled action")).toBeVisible();
});
