import { expect, type Page } from "@playwright/test";
import type { Scene } from "./scene";

/** One view of the application: an address, and what to do there before it is looked at. */
export interface Screen {
  name: string;
  path: string;
  act?: (page: Page) => Promise<void>;
}

/** Every page, and every face of a page that a link leads to. */
export function pagesOf(scene: Scene): Screen[] {
  const { job, webVm, webImage, dbVm, failingVm, newVm, backupRun, failedRun, restoreRun, demoDatastore } = scene;
  const point = `vm=${webVm}&image=${webImage}&inc=1`;
  return [
    { name: "overview", path: "/" },
    { name: "vms", path: "/vms" },
    { name: "vms-no-match", path: "/vms?q=nothing-like-this" },
    { name: "vm-timeline", path: `/vms/${webVm}?point=${webImage}.1` },
    { name: "vm-compare", path: `/vms/${webVm}?point=${webImage}.2&compare=${webImage}.0-2`, act: changesRead },
    { name: "vm-compare-table", path: `/vms/${webVm}?compare=${webImage}.0-2`, act: changesAsTable },
    { name: "vm-one-point", path: `/vms/${dbVm}` },
    { name: "vm-failing", path: `/vms/${failingVm}` },
    { name: "vm-no-points", path: `/vms/${newVm}` },
    { name: "vm-points", path: `/vms/${webVm}?tab=points` },
    { name: "vm-disks", path: `/vms/${webVm}?tab=disks` },
    { name: "vm-snapshots", path: `/vms/${webVm}?tab=snapshots` },
    { name: "vm-policy", path: `/vms/${webVm}?tab=policy` },
    { name: "vm-activity", path: `/vms/${webVm}?tab=activity` },
    { name: "vm-new", path: "/vms/new" },
    { name: "restore-what", path: "/restore/new" },
    { name: "restore-files", path: `/restore/new?${point}&scope=files` },
    { name: "restore-when", path: `/restore/new?vm=${webVm}` },
    { name: "restore-disks", path: `/restore/new?${point}` },
    { name: "restore-one-disk", path: `/restore/new?${point}&scope=disk` },
    { name: "restore-where", path: `/restore/new?${point}&step=where&inst=true` },
    { name: "restore-review", path: `/restore/new?${point}&step=review&net=no_ip&inst=true` },
    { name: "vm-schedules", path: `/vms/${newVm}?tab=schedules` },
    { name: "jobs", path: "/jobs" },
    { name: "job", path: `/jobs/${job}` },
    { name: "job-new", path: "/jobs/new?starter=nightly" },
    { name: "job-edit", path: `/jobs/${job}/edit` },
    { name: "schedule", path: "/schedule" },
    { name: "schedule-week", path: "/schedule?view=week" },
    { name: "schedule-month", path: "/schedule?view=month" },
    { name: "settings", path: "/settings" },
    { name: "notifications", path: "/notifications" },
    { name: "notification-rules", path: "/notifications?tab=rules" },
    { name: "notification-log", path: "/notifications?tab=log" },
    { name: "activity", path: "/activity" },
    { name: "run-backup", path: `/activity/${backupRun}` },
    { name: "run-failed", path: `/activity/${failedRun}` },
    { name: "run-restore", path: `/activity/${restoreRun}` },
    { name: "compliance", path: "/reports/compliance" },
    { name: "compliance-no-match", path: "/reports/compliance?q=nothing-like-this" },
    { name: "report-runs", path: "/reports/runs" },
    { name: "report-evidence", path: "/reports/evidence" },
    { name: "report-capacity", path: "/reports/capacity" },
    { name: "backups", path: "/backups" },
    { name: "backup", path: `/backups/${webImage}` },
    { name: "files", path: `/backups/${webImage}/files/0` },
    { name: "datastores", path: "/datastores" },
    { name: "datastore", path: `/datastores/${demoDatastore}` },
    { name: "datastore-new", path: "/datastores/new" },
    { name: "datastore-new-ceph", path: "/datastores/new?driver=ceph" },
    { name: "hosts", path: "/hosts" },
    { name: "host", path: "/hosts/0" },
    { name: "host-new", path: "/hosts/new" },
    { name: "networks", path: "/networks" },
    { name: "users", path: "/admin/users" },
    { name: "groups", path: "/admin/users?tab=groups" },
    { name: "vm-operations", path: "/admin/users?tab=operations" },
    { name: "quotas", path: "/admin/quotas" },
    { name: "audit", path: "/admin/audit" },
    { name: "vm-access", path: `/vms/${webVm}?tab=access` },
    { name: "account", path: "/account" },
    { name: "help", path: "/help" },
    { name: "api-reference", path: "/help/api" },
    { name: "not-found", path: "/no/such/page" },
  ];
}

/** Dialogs: they are looked at open. */
export function dialogsOf(scene: Scene): Screen[] {
  return [
    {
      name: "dialog-back-up",
      path: `/vms/${scene.webVm}`,
      act: async (page) => {
        await page.getByTestId("vm-backup").click();
        await page.getByTestId("backup-start").waitFor();
      },
    },
    {
      name: "dialog-delete-backup",
      path: `/backups/${scene.webImage}`,
      act: async (page) => {
        await page
          .getByRole("main")
          .getByRole("button", { name: /^Delete/ })
          .first()
          .click();
        await page.getByRole("alertdialog").waitFor();
      },
    },
    {
      name: "backups-points",
      path: "/backups",
      act: async (page) => {
        await page.getByRole("button", { name: `Points of backup ${scene.webImage} of` }).click();
        await page.getByTestId(`point-row-${scene.webImage}-0`).waitFor();
      },
    },
    {
      name: "dialog-merge-points",
      path: "/backups",
      act: async (page) => {
        await page.getByRole("button", { name: `Actions of backup ${scene.webImage} of` }).click();
        await page.getByRole("menuitem", { name: "Merge the oldest points…" }).click();
        await page.getByText("at most are freed.").waitFor();
      },
    },
    {
      name: "dialog-verify-policy",
      path: `/datastores/${scene.demoDatastore}`,
      act: async (page) => {
        await page.getByTestId("verify-schedule").getByRole("button").first().click();
        await page.getByRole("dialog").waitFor();
      },
    },
  ];
}

async function changesRead(page: Page): Promise<void> {
  await page.getByTestId("compare-total").waitFor();
  await page.getByTestId("compare").scrollIntoViewIfNeeded();
}

async function changesAsTable(page: Page): Promise<void> {
  await changesRead(page);
  await page.getByRole("switch", { name: "As a table" }).click();
}

/** Open a screen and wait until nothing on it is loading. */
export async function open(page: Page, screen: Screen): Promise<void> {
  await page.goto(screen.path);
  await page.getByRole("heading").first().waitFor();
  await page.waitForFunction(() => document.querySelector("main .skeleton") === null);
  await expect(page.getByText("Reading the log…")).toHaveCount(0);
  await screen.act?.(page);
}
