import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "@playwright/test";
import { restoreCommands } from "../server/domain/restore-commands";
import { copyDisk, demoDisk, isSameDisk, writeDisk } from "./disks";
import { test } from "./fixtures";
import { RUN_MS } from "./pages";
import type { StrataServer } from "./strata-server";

// One story: each test goes on with what the one before has made.
test.describe.configure({ mode: "serial" });

const exec = promisify(execFile);
const BIN = fileURLToPath(new URL("../bin", import.meta.url));
const COMMAND_MS = 60_000;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Run a command as a user does, with OpenNebula's own variables. */
async function one(strata: StrataServer, command: string, ...args: readonly string[]): Promise<Outcome> {
  const environment = {
    NODE_ENV: "production" as const,
    PATH: `${BIN}:${process.env["PATH"] ?? ""}`,
    HOME: strata.home,
    TZ: "UTC",
    ONE_XMLRPC: `${strata.url}/RPC2`,
    ONE_AUTH: path.join(strata.home, "oneadmin_auth"),
  };
  const running = exec(command, [...args], { env: environment, timeout: COMMAND_MS });
  running.child.stdin?.end();
  try {
    return { code: 0, ...(await running) };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "stdout" in error && "stderr" in error)) throw error;
    return { code: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}

/** The same for a command that has to succeed; answers what it printed. */
async function ok(strata: StrataServer, command: string, ...args: readonly string[]): Promise<string> {
  const outcome = await one(strata, command, ...args);
  expect(outcome, `${command} ${args.join(" ")}`).toMatchObject({ code: 0, stderr: "" });
  return outcome.stdout;
}

/** Run the line that the wizard's plan offers for the clipboard, by a shell as a person does. */
async function copied(strata: StrataServer, request: Parameters<typeof restoreCommands>[0]): Promise<string> {
  const { cli } = restoreCommands(request, strata.url);
  return await ok(strata, "bash", "-c", cli);
}

/** The JSON of an image. */
async function image(strata: StrataServer, id: string) {
  const document: { IMAGE: { SOURCE: string; SIZE: string } } = JSON.parse(
    await ok(strata, "oneimage", "show", id, "-j"),
  );
  return document.IMAGE;
}

let vmId = "";
let backupId = "";
let first = "";
let second = "";

test("machines and a datastore", async ({ page, signIn, strata }) => {
  await signIn(page);
  await page.getByRole("button", { name: "Load demo machines" }).click();
  await expect(page.getByText("demo-db-01").first()).toBeVisible({ timeout: RUN_MS });
  const list = await ok(strata, "onevm", "list", "-l", "ID,NAME,STAT", "--csv");
  expect(list).toMatch(/^ID,NAME,STAT\n/);
  vmId = /^(\d+),demo-web-01,poff$/m.exec(list)?.[1] ?? "";
  expect(vmId).not.toBe("");
  const file = path.join(strata.home, "datastore.txt");
  await writeFile(
    file,
    `NAME="from the command line"\nTYPE="BACKUP_DS"\nDS_MAD="rsync"\nTM_MAD="-"\nRSYNC_USER="root"\nRSYNC_HOST="localhost"\nBASE_PATH="${strata.home}/cli-backups"\n`,
  );
  expect(await ok(strata, "onedatastore", "create", file)).toMatch(/^ID: \d+\n$/);
  expect(await ok(strata, "onedatastore", "list", "-f", "TYPE=bck")).toContain("from the c");
  expect(await ok(strata, "onedatastore", "show", "from the command line")).toMatch(/^RSYNC_HOST="localhost"$/m);
});

/** Run the job and wait until its machine is backed up; with more increments than before. */
async function runJob(strata: StrataServer, increments: number): Promise<void> {
  await ok(strata, "onebackupjob", "backup", "nightly");
  await expect(async () => {
    const job = await ok(strata, "onebackupjob", "show", "nightly");
    expect(job).toMatch(new RegExp(`^UPDATED +: ${vmId} *$`, "m"));
    backupId = (await ok(strata, "oneimage", "list", "--backup", "-l", "ID", "--no-header")).trim();
    const shown = await ok(strata, "oneimage", "show", backupId);
    expect(shown.match(/^ +\d+ +-?\d+ [FI] /gm)).toHaveLength(increments);
  }).toPass({ timeout: RUN_MS });
}

test("a job with a schedule backs up by increments", async ({ strata }) => {
  first = path.join(strata.home, "first.qcow2");
  second = path.join(strata.home, "second.qcow2");
  const pool: { DATASTORE_POOL: { DATASTORE: { ID: string; NAME: string }[] } } = JSON.parse(
    await ok(strata, "onedatastore", "list", "-j"),
  );
  const datastoreId = pool.DATASTORE_POOL.DATASTORE.find((each) => each.NAME === "from the command line")?.ID ?? "";
  const made = await ok(
    strata,
    "onebackupjob",
    ...["create", "--name", "nightly", "--vms", vmId, "--mode", "increment", "--keep", "5", "--datastore", datastoreId],
    ...["--schedule", "2030-01-01 10:00", "--weekly", "1,3", "--end", "12"],
  );
  expect(made).toMatch(/^ID: (\d+)\nBACKUPJOB \1: backup scheduled at 2030-01-01 10:00:00 \+0000\n$/);
  const shown = await ok(strata, "onebackupjob", "show", "nightly");
  expect(shown).toMatch(/backup +- 01\/01 10:00 +Weekly 1,3 +After 12 times Next in \d+\.\d\d days/);
  await copyDisk(demoDisk(strata.home), first);
  await runJob(strata, 1);
  await writeDisk(demoDisk(strata.home), "0x31");
  await copyDisk(demoDisk(strata.home), second);
  expect(await isSameDisk(first, second)).toBe(false);
  await runJob(strata, 2);
  expect(await ok(strata, "onebackupjob", "list", "--csv")).toMatch(
    new RegExp(`,oneadmin,oneadmin,50,nightly,.*,${vmId}$`, "m"),
  );
});

test("increments become images, and take the place of a disk", async ({ strata }) => {
  for (const [increment, copy, other] of [
    ["0", first, second],
    ["1", second, first],
  ] as const) {
    const answer = await copied(strata, {
      ...{ imageId: Number(backupId), incrementId: Number(increment), datastoreId: 1, network: "no_ip" },
      ...{ name: `-(${increment}) \`restored\` *!`, diskIds: [], instantiate: null },
    });
    const [, imageId = ""] = /^VM Template: \d+\nImages: (\d+)\n$/.exec(answer) ?? [];
    const { SOURCE: source } = await image(strata, imageId);
    expect(await isSameDisk(source, copy)).toBe(true);
    expect(await isSameDisk(source, other)).toBe(false);
  }
  await ok(strata, "onevm", "restore", vmId, backupId, "--increment", "0", "--wait");
  expect(await isSameDisk(demoDisk(strata.home), first)).toBe(true);
});

test("schedules of a machine, also by the old commands", async ({ strata }) => {
  const scheduled = await ok(
    strata,
    "onevm",
    ...["backup", "demo-db-01", "-d", "from the command line", "--schedule", "2031-05-06 07:08", "--hourly", "6"],
  );
  expect(scheduled).toMatch(/^VM \d+: backup scheduled at 2031-05-06 07:08:00 \+0000\n$/);
  const shown = await ok(strata, "onevm", "show", "demo-db-01");
  const [, scheduleId = ""] = /^ +(\d+) backup +\d+,0 +05\/06 07:08 +Each 6 hours +None Next in/m.exec(shown) ?? [];
  const change = path.join(strata.home, "schedule.txt");
  await writeFile(change, 'REPEAT = 1\nDAYS = "2"\n');
  const updated = await ok(strata, "onevm", "update-chart", "demo-db-01", scheduleId, change);
  expect(updated).toBe("This command is deprecated, use instead:\n  $ onevm sched-update\n");
  expect(await ok(strata, "onevm", "show", "demo-db-01")).toContain("Monthly 2");
  await ok(strata, "onevm", "sched-delete", "demo-db-01", scheduleId);
  expect(await ok(strata, "onevm", "show", "demo-db-01")).not.toContain("SCHEDULED ACTIONS");
});

test("a backup is waited for, and what cannot be is refused with 255", async ({ strata }) => {
  const done = await ok(strata, "onevm", "backup", "demo-db-01", "-d", "from the command line", "--wait", "-v");
  expect(done).toMatch(/^VM \d+: backup done\n$/);
  expect(await one(strata, "onevm", "backup", vmId, "-d", "from the command line")).toMatchObject({
    code: 255,
    stderr: expect.stringMatching(/^Error creating VM backup: \[one\.vm\.backup\] /),
  });
  expect(await one(strata, "oneimage", "show", "no such image")).toEqual({
    code: 255,
    stdout: "",
    stderr: "IMAGE named no such image not found.\n",
  });
  expect(await one(strata, "onedatastore", "show", "999")).toMatchObject({
    code: 255,
    stderr: "[one.datastore.info] Error getting datastore [999].\n",
  });
  const stranger = await one(strata, "onevm", "list", "--user", "nobody", "--password", "wrong");
  expect(stranger).toMatchObject({ code: 255, stderr: expect.stringContaining("couldn't be authenticated") });
});
