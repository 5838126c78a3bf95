import path from "node:path";
import { expect, type Locator, type Page } from "@playwright/test";
import { change, read, runEnds } from "./api";
import { copyDisk, demoDisk, isSameDisk, vmDisk, writeDisk } from "./disks";
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

test("from the overview in eight clicks: increment 0, picked in the VM's timeline, is what is restored", async ({
  page,
  signIn,
  strata,
}) => {
  await countPresses(page);
  await signIn(page);
  await page.goto("/");
  await page.evaluate(() => sessionStorage.setItem("presses", "0"));
  const link = page.getByRole("main").locator('a[href^="/vms/"]').filter({ hasText: "demo-web-01" });
  await link.first().click();
  await page.getByTestId("point-0-0").click();
  await expect(page.getByTestId("point-card")).toContainText("Increment 0");
  await page.getByTestId("point-restore").click();
  const vmId = await finishWizard(page, "from-timeline", 0);
  expect(await presses(page)).toBe(8);
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

/** Each way to the wizard with increment 0 of demo-web-01 chosen, which is not its newest. */
const ENTRIES: Record<string, (page: Page) => Promise<void>> = {
  "the button of the VM's page": async (page) => {
    await openDemoVm(page);
    await page.getByTestId("point-0-0").click();
    await page.getByTestId("vm-restore").click();
  },
  "the timeline of a backup": async (page) => {
    await page.goto("/backups/0");
    await page.getByTestId("point-0-0").click();
    await page.getByTestId("point-restore").click();
  },
  "the button of a backup's page": async (page) => {
    await page.goto("/backups/0");
    await page.getByTestId("point-0-0").click();
    await page.getByRole("main").getByRole("button", { name: "Restore", exact: true }).first().click();
  },
  "the backup's run": async (page) => {
    const { rows } = await read<{ rows: { id: number; kind: string }[] }>(page, "action.list", {});
    const runs = rows.filter((row) => row.kind === "backup").map((row) => row.id);
    await page.goto(`/activity/${Math.min(...runs)}`);
    await page.getByRole("link", { name: "Restore this point" }).click();
  },
  "a link": async (page) => {
    await page.goto("/restore/new?vm=0&image=0&inc=0");
  },
  "the wizard itself": async (page) => {
    await page.goto("/restore/new");
    await page.getByTestId("source-0").click(); // choosing a machine leads to its points
    await page.getByTestId("point-0-0").click();
    await page.getByTestId("wizard-continue").click();
  },
};

test("the increment that was chosen is the one that is sent, whatever the way to the wizard", async ({
  page,
  signIn,
}) => {
  await signIn(page);
  const sent: unknown[] = [];
  await page.route("**/api/trpc/restore.start**", async (route) => {
    sent.push(route.request().postDataJSON());
    await route.abort();
  });
  for (const [way, enter] of Object.entries(ENTRIES)) {
    await enter(page);
    await expect(page.getByTestId("wizard-summary"), way).toContainText("Increment 0 of chain 0");
    for (const heading of ["Disks", "Where and how"]) {
      await expect(page.getByRole("heading", { name: heading, exact: true }), way).toBeVisible();
      await page.getByTestId("wizard-continue").click();
    }
    await expect(page.getByTestId("restore-commands"), way).toContainText("oneimage restore 0 ");
    await expect(page.getByTestId("restore-commands"), way).toContainText(" --increment 0");
    await page.getByTestId("restore-start").click();
    await expect(page.getByText("The restore was not started"), way).toBeVisible();
    expect(JSON.stringify(sent.pop()), way).toContain('"imageId":0,"incrementId":0,');
  }
});

test("by keyboard alone from the palette, with NO_IP: increment, name and network cards are right", async ({
  page,
  signIn,
  strata,
}) => {
  await countPresses(page);
  await signIn(page);
  const { vmId, imageId, oldDisk } = await makeMachineWithCard(page, strata.home);
  await page.goto("/");
  await page.evaluate(() => sessionStorage.setItem("presses", "0"));
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find or do something" });
  await expect(palette.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("shop-01");
  const restore = palette.getByRole("option", { name: /Restore shop-01/ });
  await expect(restore).toBeVisible();
  await expect(palette.getByRole("option", { name: /^shop-01\s*VM/ })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowDown");
  await expect(restore).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await page.waitForURL(`/restore/new?vm=${vmId}`);
  await tabTo(page, page.getByTestId(`point-${imageId}-1`));
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  await expect(page.getByTestId("chosen-point")).toContainText("Increment 0");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { name: "Disks", exact: true })).toBeFocused();
  await expect(page.getByRole("cell", { name: /^Disk 0/ })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { name: "Where and how", exact: true })).toBeFocused();
  await tabTo(page, page.getByTestId("restore-name"));
  await page.keyboard.type("by-keyboard");
  await tabTo(page, page.getByRole("radio", { name: /Keep networks and addresses/ }));
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: /NO_IP/ })).toBeChecked();
  await tabTo(page, page.getByRole("radio", { name: /Template and images/ }));
  await page.keyboard.press("ArrowDown");
  await tabTo(page, page.getByTestId("restore-vm-name"));
  await page.keyboard.type("shop-02");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByTestId("restore-plan")).toBeVisible();
  await expect(page.getByTestId("restore-start")).not.toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/activity\/\d+/);
  expect(await presses(page)).toBe(0);
  const { result } = await runEnds(page, Number(/\d+$/.exec(new URL(page.url()).pathname)?.[0] ?? "-1"));
  const made = await read<{ name: string; nics: { network: string; ip: string; mac: string }[] }>(page, "vm.get", {
    vmId: result.vmId,
  });
  expect(made.name).toBe("shop-02");
  expect(made.nics).toMatchObject([{ network: "shop-net" }]);
  expect(made.nics[0]?.ip).not.toBe("10.9.8.7");
  expect(await isSameDisk(vmDisk(strata.home, result.vmId ?? -1, 0), oldDisk)).toBe(true);
});

/** Count the presses of a pointer on the page; see `presses`. */
async function countPresses(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const count = () => sessionStorage.setItem("presses", String(Number(sessionStorage.getItem("presses")) + 1));
    window.addEventListener("pointerdown", count, { capture: true });
  });
}

async function presses(page: Page): Promise<number> {
  return Number(await page.evaluate(() => sessionStorage.getItem("presses")));
}

/** Press Tab until the focus is there. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let count = 0; count < 60; count += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}

/** A machine with a network card and two points; `oldDisk` is a copy of its disk at the first. */
async function makeMachineWithCard(page: Page, home: string) {
  const disk = path.join(home, "shop.qcow2");
  const oldDisk = path.join(home, "shop-old.qcow2");
  await copyDisk(first, disk);
  await copyDisk(disk, oldDisk);
  const { vmId } = await change<{ vmId: number }>(page, "vm.register", {
    ...{ name: "shop-01", cpu: 1, memoryMb: 256, disks: [{ path: disk, format: "qcow2", isVolatile: false }] },
    nics: [{ network: "shop-net", ip: "10.9.8.7" }],
  });
  await change(page, "vm.updateBackupConfig", { vmId, config: { mode: "INCREMENT" } });
  const [store] = await read<{ id: number }[]>(page, "datastore.list", { type: "BACKUP" });
  const backUp = async () => {
    const input = { vmId, datastoreId: store?.id };
    const { actionId } = await change<{ actionId: number }>(page, "backup.request", input);
    return await runEnds(page, actionId);
  };
  const { result } = await backUp();
  await writeDisk(disk, "0x31");
  await backUp();
  return { vmId, imageId: result.imageId ?? -1, oldDisk };
}
