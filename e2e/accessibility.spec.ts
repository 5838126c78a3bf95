import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";
import { read, runEnds } from "./api";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";
import { makeScene, type Scene } from "./scene";
import { dialogsOf, open, pagesOf, type Screen } from "./screens";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDE = { width: 1440, height: 900 };
const MIDDLE = { width: 768, height: 1024 };
const NARROW = { width: 320, height: 640 };

test.describe.configure({ mode: "serial", timeout: 900_000 });
// A trace of hundreds of page states costs more time than the checks.
test.use({ trace: "off" });

let scene: Scene | null = null;

function made(): Scene {
  if (scene === null) throw new Error("The scene was not made");
  return scene;
}

/** What axe finds, one line each, short enough to read in a report. */
async function violationsOn(page: Page, rules: "all" | "colours"): Promise<string[]> {
  const builder = new AxeBuilder({ page });
  const axe = rules === "all" ? builder.withTags(RULES) : builder.withRules(["color-contrast"]);
  const { violations } = await axe.analyze();
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${node.html}`));
}

/** How far the page reaches beyond the window, and the elements that do. */
async function overflowOf(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > width);
    return [
      `${document.documentElement.scrollWidth} px`,
      ...wide.slice(0, 5).map((each) => each.outerHTML.slice(0, 120)),
    ];
  });
}

/**
 * A screen is opened once and looked at in both themes and three widths. axe judges where most is on screen; colours do
 * not depend on the width.
 */
async function problemsOf(page: Page, screens: readonly Screen[]): Promise<string[]> {
  const problems: string[] = [];
  for (const screen of screens) {
    const note = (where: string, texts: readonly string[]) => {
      for (const text of texts) problems.push(`${screen.name}, ${where}: ${text}`);
    };
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(WIDE);
    await open(page, screen);
    note("light", await violationsOn(page, "all"));
    note("1440 px", await overflowOf(page));
    await page.emulateMedia({ colorScheme: "dark" });
    note("dark", await violationsOn(page, "colours"));
    await page.setViewportSize(MIDDLE);
    note("768 px", await overflowOf(page));
    await page.setViewportSize(NARROW);
    note("320 px", await overflowOf(page));
  }
  return problems;
}

test("real data of every kind", async ({ page, signIn, strata }) => {
  await signIn(page);
  scene = await makeScene(page, strata);
});

for (const part of ["pages", "dialogs"] as const) {
  test(`no violation, no overflow, light and dark, wide and narrow: ${part}`, async ({ page, signIn }) => {
    const signInProblems = part === "pages" ? await problemsOf(page, [{ name: "sign-in", path: "/login" }]) : [];
    await page.setViewportSize(WIDE);
    await signIn(page);
    const problems = await problemsOf(page, part === "pages" ? pagesOf(made()) : dialogsOf(made()));
    expect([...signInProblems, ...problems]).toEqual([]);
  });
}

test("a restore by keyboard alone, from the timeline to the run", async ({ page, signIn }) => {
  await signIn(page);
  const { webVm, webImage } = made();
  await page.goto(`/vms/${webVm}`);
  await expect(page.getByTestId(`point-${webImage}-0`)).toBeVisible();
  await tabTo(page, () => document.activeElement?.getAttribute("role") === "option");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await expect(page.getByTestId(`point-${webImage}-2`)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByTestId(`point-${webImage}-1`)).toBeFocused();
  await expect(page.getByTestId("point-card")).toContainText("Increment 1");
  await page.keyboard.press("r");

  await expect(page.getByRole("heading", { name: "Disks", level: 2 })).toBeVisible();
  await expect(page.getByTestId("wizard-summary")).toContainText("Increment 1");
  await expect(page.getByRole("cell", { name: /^Disk 0/ })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { name: "Where and how" })).toBeFocused();
  await tabTo(page, () => document.activeElement?.getAttribute("data-testid") === "restore-name");
  await page.keyboard.type("by-keyboard");
  await tabTo(page, () => document.activeElement?.getAttribute("data-testid") === "wizard-continue");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Review" })).toBeFocused();
  await expect(page.getByTestId("restore-plan")).toBeVisible();
  await expect(page.getByTestId("restore-start")).toBeEnabled();
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/activity\/\d+$/);
  await expect(page.getByRole("main").getByText("Done", { exact: true }).first()).toBeVisible({ timeout: RUN_MS });
});

test("two points are compared by keyboard alone", async ({ page, signIn }) => {
  await signIn(page);
  const { webVm, webImage } = made();
  await page.goto(`/vms/${webVm}?point=${webImage}.2`);
  await expect(page.getByTestId(`point-${webImage}-2`)).toBeVisible();
  await tabTo(page, () => document.activeElement?.getAttribute("role") === "option");
  await page.keyboard.press("c");
  await expect(page.getByTestId("compare")).toContainText("Compare with which point?");
  await page.keyboard.press("Home");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(new RegExp(`compare=${webImage}\\.0-2`));
  await expect(page.getByTestId("compare-total")).toContainText(/\d .*B changed on 2 disks, in 2 increments/);
  await expect(page.getByTestId(`point-${webImage}-0`)).toHaveAccessibleName(/marked A for comparison/);
});

/** What people do here most, besides restoring, comparing and finding (palette.spec.ts, main-job.spec.ts). */
const CORE_TASKS: Record<string, (page: Page, password: string) => Promise<void>> = {
  "sign in": async (page, password) => {
    await page.goto("/login");
    await tabTo(page, page.getByLabel("User name"));
    await page.keyboard.type("oneadmin");
    await tabTo(page, page.getByLabel("Password", { exact: true }));
    await page.keyboard.type(password);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  },
  "find a machine in the list": async (page) => {
    await page.goto("/vms");
    await tabTo(page, page.getByLabel(/^Search: name/));
    await page.keyboard.type("demo-db");
    await expect(page.getByRole("link", { name: "demo-web-01" })).toHaveCount(0);
    await tabTo(page, page.getByRole("link", { name: "demo-db-01" }));
    await page.keyboard.press("Enter");
    await page.waitForURL(`/vms/${made().dbVm}`);
  },
  "back up a machine": async (page) => {
    await page.goto(`/vms/${made().dbVm}`);
    await enter(page, page.getByTestId("vm-backup"));
    await enter(page, page.getByTestId("backup-start"));
    await expect(page.getByTestId("backup-start")).toBeHidden();
    const { rows } = await read<{ rows: { id: number }[] }>(page, "action.list", { kind: "backup", limit: 1 });
    await runEnds(page, rows[0]?.id ?? -1);
  },
  "pin a point": async (page) => {
    await page.goto(`/vms/${made().webVm}?point=${made().webImage}.1`);
    await enter(page, page.getByTestId("point-pin"));
    await enter(page, page.getByTestId("pin-save"));
    await expect(page.getByTestId("point-fate")).toContainText("Pinned by oneadmin");
  },
  "verify a backup": async (page) => {
    await page.goto(`/backups/${made().webImage}`);
    await enter(page, page.getByTestId("verify-chain"));
    await enter(page, page.getByRole("alertdialog").getByRole("button", { name: "Verify" }));
    await expect(page.getByRole("alertdialog")).toBeHidden();
    const { rows } = await read<{ rows: { id: number }[] }>(page, "action.list", { kind: "verify", limit: 1 });
    await runEnds(page, rows[0]?.id ?? -1);
  },
  "look into the files of a point": async (page) => {
    await page.goto(`/backups/${made().webImage}/files/0`);
    await enter(page, page.getByTestId("files-open"));
    await expect(page.getByRole("radiogroup", { name: "Volume" })).toBeVisible({ timeout: RUN_MS });
    await enter(page, page.getByTestId("files-close"));
    await expect(page.getByTestId("files-open")).toBeVisible();
  },
  "make a job": async (page) => {
    await page.goto("/jobs/new?starter=nightly");
    await tabTo(page, page.getByRole("textbox", { name: "Name" }).first());
    await page.keyboard.press("Control+a");
    await page.keyboard.type("by-keyboard");
    await tabTo(page, page.getByTestId(`candidate-${made().dbVm}`).getByRole("checkbox"));
    await page.keyboard.press("Space");
    await enter(page, page.getByTestId("job-save"));
    await page.waitForURL(/\/jobs\/\d+$/);
  },
};

test(`by keyboard alone: ${Object.keys(CORE_TASKS).join(", ")}`, async ({ page, strata }) => {
  for (const [task, act] of Object.entries(CORE_TASKS)) await test.step(task, () => act(page, strata.password));
});

async function enter(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

/** After the last stop the focus leaves the page, and comes back with the next press. */
function isFocusOnScreen(): boolean {
  const element = document.activeElement;
  if (element === null || element === document.body) return true;
  const { top, bottom, left, right } = element.getBoundingClientRect();
  return bottom >= 0 && top <= window.innerHeight && right >= 0 && left <= window.innerWidth;
}

/** Press Tab until the focus is where it should be; every stop on the way must be visible. */
async function tabTo(page: Page, target: Locator | (() => boolean)): Promise<void> {
  const isThere = () =>
    typeof target === "function"
      ? page.evaluate(target)
      : target.evaluate((element) => element === document.activeElement);
  if (typeof target !== "function") await expect(target).toBeVisible();
  for (let presses = 0; presses < 100; presses++) {
    if (await isThere()) return;
    await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate(isFocusOnScreen)).toBe(true);
  }
  throw new Error("Tab does not lead there");
}
