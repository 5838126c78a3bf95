/**
 * `npm run bench -- --ui`: the screens over a large inventory, in a real browser on a production build.
 *
 *   --vms N --jobs N --points N   of the seed (npm run seed)
 *   --home DIR                    a home that is seeded already, which is kept
 *   --rounds N                    of each page and search, default 5
 *   --json FILE                   the figures as JSON too
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "@playwright/test";
import config from "./playwright.config";
import { makeHome, startStrata } from "./strata-server";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What has to be on the screen before a page counts as there: rows of its table, or its own landmark. */
const PAGES: readonly { name: string; path: string; content: string }[] = [
  { name: "overview", path: "/", content: "main table tbody tr, main h2" },
  { name: "vms", path: "/vms", content: "main table tbody tr" },
  { name: "vm, 500 points", path: "/vms/0", content: "main [role=option]" },
  { name: "jobs", path: "/jobs", content: "main table tbody tr" },
  { name: "schedule", path: "/schedule", content: "main h1" },
  { name: "backups", path: "/backups", content: "main table tbody tr" },
  { name: "activity", path: "/activity", content: "main table tbody tr" },
  { name: "compliance", path: "/reports/compliance", content: "main table tbody tr" },
];
const CALLS: readonly { name: string; procedure: string; input: object | null }[] = [
  { name: "list, first page", procedure: "vm.list", input: { sort: "protection" } },
  { name: "list, page 150 by name", procedure: "vm.list", input: { sort: "name", offset: 7450 } },
  { name: "list, by stored size", procedure: "vm.list", input: { sort: "storedBytes", descending: true } },
  { name: "filter by name", procedure: "vm.list", input: { search: "db-prod" } },
  { name: "filter by status", procedure: "vm.list", input: { search: "status:late" } },
  { name: "filter by three fields", procedure: "vm.list", input: { search: "status:failing job:nightly label:gold" } },
  { name: "filter by disk format", procedure: "vm.list", input: { search: "disk:raw chain:>10" } },
  { name: "overview", procedure: "system.overview", input: null },
  { name: "heatmap", procedure: "system.heatmap", input: { zone: "UTC", offset: 0, limit: 50 } },
  { name: "compliance", procedure: "report.compliance", input: {} },
  { name: "chains of VM 0", procedure: "vm.chains", input: { vmId: 0 } },
  { name: "backups", procedure: "backup.list", input: {} },
  { name: "activity", procedure: "action.list", input: {} },
  { name: "jobs", procedure: "job.list", input: {} },
  { name: "palette", procedure: "system.find", input: { text: "db-prod-01" } },
];
const PAN_FRAMES = 180;
const PAN_STEP_PX = 24;

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: { ui: { type: "boolean" }, vms: text, jobs: text, points: text, home: text, rounds: text, json: text },
});
const rounds = Math.max(1, Number(values.rounds ?? 5) || 5);
const say = (line: string) => process.stdout.write(`${line}\n`);
const load = () => loadavg()[0]?.toFixed(1) ?? "?";
const ms = (value: number) => Number(value.toFixed(1));

function spread(all: readonly number[]): { median: number; min: number; max: number } {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (index: number) => ms(sorted[Math.max(0, Math.min(sorted.length - 1, index))] ?? Number.NaN);
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}

async function seedHome(home: string): Promise<void> {
  const size = (["vms", "jobs", "points"] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name]],
  );
  const child = spawn(process.execPath, [path.join(ROOT, "server/setup/seed.mjs"), ...size], {
    env: { ...process.env, STRATA_HOME: home },
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error("The seed failed.");
}

async function signIn(page: Page, password: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("User name").fill("oneadmin");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((at) => !at.pathname.startsWith("/login"), { timeout: 60_000 });
}

/** First contentful paint, and when the content was painted, in ms since the navigation began. */
async function openPage(page: Page, each: (typeof PAGES)[number]): Promise<{ paint: number; content: number }> {
  await page.goto(each.path, { waitUntil: "commit" });
  const content = await page.waitForFunction(
    (selector) => {
      const isThere = document.querySelector("main .skeleton") === null && document.querySelector(selector) !== null;
      return isThere ? performance.now() : 0;
    },
    each.content,
    { polling: "raf", timeout: 60_000 },
  );
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  return { paint, content: Number(await content.jsonValue()) };
}

/** The browser asks; the answer is read to its end. */
async function call(page: Page, each: (typeof CALLS)[number]): Promise<{ took: number; bytes: number }> {
  const url = `/api/trpc/${each.procedure}?input=${encodeURIComponent(JSON.stringify({ json: each.input }))}`;
  return await page.evaluate(async (address) => {
    const startedAt = performance.now();
    const response = await fetch(address);
    const body = await response.text();
    if (!response.ok) throw new Error(`${address}: ${response.status} ${body.slice(0, 300)}`);
    return { took: performance.now() - startedAt, bytes: body.length };
  }, url);
}

/** Times between frames while the timeline is moved from one end to the other. */
async function pan(page: Page): Promise<{ frames: number[]; nodes: number }> {
  await openPage(page, { name: "", path: "/vms/0", content: "main [role=option]" });
  return await page.evaluate(
    async ({ count, step }) => {
      const nodes = document.querySelectorAll("main [role=option]").length;
      const box = document.querySelector("main [role=listbox]")?.closest(".overflow-x-auto");
      if (!(box instanceof HTMLElement)) throw new Error("There is no timeline.");
      const frames: number[] = [];
      let last = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      let direction = box.scrollLeft > 0 ? -1 : 1;
      for (let n = 0; n < count; n += 1) {
        const before = box.scrollLeft;
        box.scrollLeft += direction * step;
        if (box.scrollLeft === before) direction = -direction;
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
        frames.push(now - last);
        last = now;
      }
      return { frames, nodes };
    },
    { count: PAN_FRAMES, step: PAN_STEP_PX },
  );
}

async function measure(browser: Browser, baseURL: string, password: string): Promise<object> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await signIn(page, password);
  const pages: object[] = [];
  say("\n| Page | First paint ms | Content ms [min–max] |\n| --- | --- | --- |");
  for (const each of PAGES) {
    await openPage(page, each);
    const all: { paint: number; content: number }[] = [];
    for (let round = 0; round < rounds; round += 1) all.push(await openPage(page, each));
    const [paint, content] = [spread(all.map((one) => one.paint)), spread(all.map((one) => one.content))];
    pages.push({ page: each.name, paint, content });
    say(`| ${each.name} | ${paint.median} | ${content.median} [${content.min}–${content.max}] |`);
  }
  await page.goto("/help");
  const calls: object[] = [];
  say("\n| Question | Answered in ms [min–max] | kB |\n| --- | --- | --- |");
  for (const each of CALLS) {
    const { bytes } = await call(page, each);
    const all: number[] = [];
    for (let round = 0; round < rounds; round += 1) all.push((await call(page, each)).took);
    const took = spread(all);
    calls.push({ call: each.name, took, bytes });
    say(`| ${each.name} | ${took.median} [${took.min}–${took.max}] | ${Math.round(bytes / 1000)} |`);
  }
  const { frames, nodes } = await pan(page);
  const sorted = [...frames].sort((a, b) => a - b);
  const p95 = ms(sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN);
  const late = frames.filter((frame) => frame > 25).length;
  const panned = { nodes, ...spread(frames), p95, late, frames: frames.length };
  say(`\nPan of ${nodes} points: frame ${panned.median} ms, p95 ${p95} ms, ${late} of ${frames.length} above 25 ms.`);
  return { pages, calls, panned };
}

const home = values.home ?? (await makeHome());
say(`${availableParallelism()} cores, load ${load()} before the seed`);
if (values.home === undefined) await seedHome(home);
const server = await startStrata(home);
try {
  const browser = await chromium.launch(config.use?.launchOptions ?? {});
  try {
    const before = load();
    const figures = await measure(browser, server.url, server.password);
    say(`Load ${before} at the beginning, ${load()} at the end.`);
    const all = { cores: availableParallelism(), load: [before, load()], ...figures };
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`);
  } finally {
    await browser.close();
  }
} finally {
  if (values.home === undefined) await server.stop();
  else await server.halt();
}
