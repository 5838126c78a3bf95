import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { VerifyAnswer } from "../../../domain/verification";
import { run } from "../../../lib/process";
import { parseBackupAnswer } from "../../../lib/wire";
import { expectSuccess } from "../../conformance";
import { type ChainFixture, makeChain, sameContent } from "../../testing/chain-fixture";
import { RESTIC_PASSWORD, resticDatastoreXml } from "../../testing/restic-fixture";
import { newBackupId } from "../../testing/rsync-fixture";
import { type DriverCall, meaningsOf, reasonOf, runDriver, startDriver } from "../../testing/run-driver";

const VM_ID = 9;
const TOOL_MS = 60_000;
/** Of restic's key derivation on a busy machine; it comes before the lock. */
const WAIT = { timeout: 30_000, interval: 20 };

let dir: string;
let base: string;
let tmp: string;
let chain: ChainFixture;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "strata-restic-faults-"));
  base = path.join(dir, "repo");
  tmp = path.join(dir, "tmp");
  await mkdir(tmp);
  chain = await makeChain(dir, VM_ID);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Options {
  backupId?: string;
  lastIncrement?: number;
  lastBackupId?: string;
  job?: string;
  extra?: string;
  password?: string;
}

const datastore = ({ extra = "", password = RESTIC_PASSWORD }: Options = {}) =>
  resticDatastoreXml(base, tmp, { extra, password });

function backupCall(options: Options = {}): DriverCall {
  const { backupId = newBackupId(), lastIncrement = -1, lastBackupId = "", job = "-" } = options;
  return {
    action: "datastore/restic/backup",
    argv: [`localhost:${chain.vmDir}`, "0", "deploy", job, String(VM_ID), "100", backupId],
    xml: `<D>${datastore(options)}<VM><ID>${VM_ID}</ID><BACKUPS><BACKUP_CONFIG><MODE>INCREMENT</MODE><LAST_INCREMENT_ID>${lastIncrement}</LAST_INCREMENT_ID><LAST_BACKUP_ID>${lastBackupId}</LAST_BACKUP_ID></BACKUP_CONFIG></BACKUPS></VM><EXTRA_DATA><BACKUP_ID>${backupId}</BACKUP_ID></EXTRA_DATA></D>`,
  };
}

async function store(index = 0, options: Options = {}): Promise<string> {
  await chain.stage(index);
  const result = await runDriver(backupCall({ lastIncrement: index - 1, ...options }));
  expectSuccess(result);
  return parseBackupAnswer(result.stdout)?.backupId ?? "";
}

function imageCall(action: string, ids: readonly string[], extra = "", argv: readonly string[] = ["1"]): DriverCall {
  const increments = ids.map((id, index) => `<INCREMENT><ID>${index}</ID><SOURCE>${id}</SOURCE></INCREMENT>`);
  return {
    action: `datastore/restic/${action}`,
    argv,
    xml: `<D><IMAGE><ID>1</ID><VMS><ID>${VM_ID}</ID></VMS><BACKUP_INCREMENTS>${increments.join("")}</BACKUP_INCREMENTS></IMAGE>${datastore()}${extra}</D>`,
  };
}

const download = (ids: readonly string[], options: Options = {}) =>
  runDriver({
    action: "downloader/restic",
    argv: [
      `restic://100/${options.job ?? ""}/${ids.map((id, index) => `${index}:${id}`).join(",")}/x/${VM_ID}/backup/disk.0.0`,
      path.join(dir, "out.raw"),
      "raw",
    ],
    xml: `<D>${datastore(options)}</D>`,
  });

const restores = async (ids: readonly string[]) => {
  expectSuccess(await download(ids));
  return await sameContent(path.join(dir, "out.raw"), "raw", chain.expected(ids.length - 1), "raw");
};

/** A disk that restic is busy with for a while: 700 MiB that do not compress. */
async function stageLarge(): Promise<void> {
  await chain.stage(0);
  const file = path.join(chain.vmDir, "backup", "disk.0.0");
  const large = path.join(dir, "random");
  const made = await run(["dd", "if=/dev/urandom", `of=${large}`, "bs=1M", "count=700", "status=none"], {
    timeoutMs: TOOL_MS,
  });
  expect(made.ok).toBe(true);
  await run(["dd", `if=${file}`, `of=${large}`, "bs=64k", "count=1", "conv=notrunc", "status=none"], {
    timeoutMs: TOOL_MS,
  });
  await rename(large, file);
}

const locks = async () => await readdir(path.join(base, String(VM_ID), "locks")).catch(() => []);

/** Every process that has this test's folder in its command line, with that line and its environment. */
async function processesHere(): Promise<{ pid: number; command: string; environment: string }[]> {
  const found = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (!command.includes(dir)) continue;
    const environment = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
    found.push({ pid: Number(name), command, environment });
  }
  return found;
}

/** A backup of the large disk, at the moment restic holds its lock. */
async function startedBackup(backupId = newBackupId()) {
  await stageLarge();
  const running = startDriver(backupCall({ backupId }));
  await vi.waitFor(async () => expect(await locks()).toHaveLength(1), WAIT);
  return running;
}

it("shows the password to nobody while restic runs; a cancel leaves no process, no lock and no snapshot", async () => {
  const running = await startedBackup();
  const seen = await processesHere();
  expect(seen.some(({ command }) => command.startsWith("restic\0"))).toBe(true);
  for (const { command, environment } of seen) {
    expect(command).not.toContain("ord -x");
    expect(environment).not.toContain("ord -x");
  }
  process.kill(running.pid ?? 0, "SIGTERM");
  const result = await running.done;
  expect(result.exitCode).toBe(143);
  expect(reasonOf(result)).toBe("Cancelled on request.");
  expect(await processesHere()).toEqual([]);
  expect(await locks()).toEqual([]);
  expect(await readdir(path.join(base, String(VM_ID), "snapshots"))).toEqual([]);
  expect(await readdir(tmp)).toEqual([]);
  // What was uploaded goes with the removal of the backup that never was.
  expectSuccess(await runDriver(imageCall("rm", [newBackupId()])));
  const packs = await readdir(path.join(base, String(VM_ID), "data"), { recursive: true });
  expect(packs.filter((name) => name.includes("/"))).toEqual([]);
});

it("killed with -9, restic ends by itself and the next backup of the same id is stored", async () => {
  const backupId = newBackupId();
  const running = await startedBackup(backupId);
  process.kill(-(running.pid ?? 0), "SIGKILL");
  await running.done;
  await vi.waitFor(async () => expect(await processesHere()).toEqual([]), WAIT);
  const id = await store(0, { backupId });
  expect(id).toBe(backupId);
  expect(await restores([id])).toBe(true);
});

it("the lock of a dead restic of this machine is removed; that of a living one is waited for", async () => {
  const id = await store();
  const killed = await startedBackup();
  const restic = (await processesHere()).find(({ command }) => command.startsWith("restic\0"));
  process.kill(restic?.pid ?? -1, "SIGKILL");
  expect((await killed.done).exitCode).toBe(1);
  expect(await locks()).toHaveLength(1);
  const removed = await runDriver(imageCall("rm", [id]));
  expectSuccess(removed);
  expect(removed.stderr).toContain("WARN: 1 locks that a dead restic had left");
  expect(await locks()).toEqual([]);

  const busy = await startedBackup();
  const waited = await runDriver(imageCall("rm", [id]));
  expectSuccess(waited);
  expect(waited.stderr).toMatch(/INFO: the repository is locked PID \d+ on /);
  expect((await busy.done).ok).toBe(true);
});

it("an increment whose parent is gone asks for a new chain", async () => {
  const full = await store();
  await chain.stage(1);
  const result = await runDriver(backupCall({ lastIncrement: 0, lastBackupId: newBackupId() }));
  expect(result.exitCode).toBe(1);
  expect(meaningsOf(result)).toContainEqual({
    kind: "chain-reset",
    reason: expect.stringContaining("snapshot is missing"),
  });
  expectSuccess(await runDriver(backupCall({ lastIncrement: 0, lastBackupId: full })));
});

it("a repository that is not the recorded one is refused and stays as it is", async () => {
  await store();
  const extra = "<REPO_ID>0123456789abcdef01234567</REPO_ID>";
  await chain.stage(0);
  const result = await runDriver(backupCall({ extra }));
  expect(result.exitCode).toBe(1);
  expect(reasonOf(result)).toContain(".repo-id is that of another repository");
  await rm(base, { recursive: true });
  expect(reasonOf(await runDriver(backupCall({ extra })))).toContain(".repo-id is missing");
  await expect(readdir(base)).rejects.toThrow();
});

it("a wrong password is said, and is in no message", async () => {
  const id = await store();
  const result = await download([id], { password: "wrong canary" });
  expect(result.exitCode).toBe(1);
  expect(reasonOf(result)).toContain("RESTIC_PASSWORD of the datastore does not open the repository");
  expect(result.stderr + result.stdout).not.toContain("canary");
});

it("a damaged repository restores nothing", async () => {
  const id = await store();
  const data = path.join(base, String(VM_ID), "data");
  const packs = (await readdir(data, { recursive: true })).filter((name) => name.includes("/"));
  for (const pack of packs) {
    const file = path.join(data, pack);
    const bytes = await readFile(file);
    bytes.fill(0, 0, Math.floor(bytes.length / 2));
    await chmod(file, 0o600);
    await writeFile(file, bytes);
  }
  const result = await download([id]);
  expect(result.exitCode).toBe(1);
  expect(reasonOf(result)).toMatch(/\S/);
  const verified = await runDriver(imageCall("verify", [id], "", ["-i", "-1"]));
  expectSuccess(verified);
  expect(VerifyAnswer.parse(JSON.parse(verified.stdout)).points[0]?.problem).toMatch(/\S/);
  await expect(readFile(path.join(dir, "out.raw"))).rejects.toThrow();
  expect(await readdir(tmp)).toEqual([]);
});

it("a check reads every file of every point and finds what was stored", async () => {
  const ids: string[] = [];
  for (let index = 0; index < 2; index++) ids.push(await store(index, { lastBackupId: ids.at(-1) ?? "" }));
  const result = await runDriver(imageCall("verify", ids, "", ["-i", "-1"]));
  expectSuccess(result);
  const { points } = VerifyAnswer.parse(JSON.parse(result.stdout));
  expect(points.map(({ backupId, problem, files }) => [backupId, problem, files.map((file) => file.name)])).toEqual([
    [ids[0], null, ["disk.0.0", "vm.xml"]],
    [ids[1], null, ["disk.0.1", "vm.xml"]],
  ]);
  expect(meaningsOf(result).some((meaning) => meaning.kind === "progress")).toBe(true);
});

it("a job has a repository for all its VMs", async () => {
  const id = await store(0, { job: "4" });
  expect(await readdir(base)).toEqual(expect.arrayContaining(["job_4"]));
  expectSuccess(await download([id], { job: "4" }));
  expect(await sameContent(path.join(dir, "out.raw"), "raw", chain.expected(0), "raw")).toBe(true);
});

it("a merge that is cancelled leaves the chain whole", async () => {
  const ids: string[] = [];
  for (let index = 0; index < 3; index++) ids.push(await store(index, { lastBackupId: ids.at(-1) ?? "" }));
  const extra = "<EXTRA_DATA><KEEP_LAST>1</KEEP_LAST></EXTRA_DATA>";
  const merging = startDriver(imageCall("increment_flatten", ids, extra));
  await vi.waitFor(async () => expect(await readdir(tmp)).toHaveLength(1), WAIT);
  process.kill(merging.pid ?? 0, "SIGTERM");
  const result = await merging.done;
  expect(result.exitCode).toBe(143);
  expect(result.stderr).toContain("INFO: chain-whole");
  expect(await readdir(tmp)).toEqual([]);
  expect(await restores(ids)).toBe(true);
  // The same call again goes through.
  const again = await runDriver(imageCall("increment_flatten", ids, extra));
  expectSuccess(again);
  const [, last = ""] = /^\d+ 2:([0-9a-f]{24})$/.exec(again.stdout.trim()) ?? [];
  expect(last).toBe(ids[2]);
  expectSuccess(await runDriver(imageCall("rm", ids.slice(0, 2))));
  // The point that stays takes the next increment.
  await chain.stage(2);
  const staging = path.join(chain.vmDir, "backup");
  await rename(path.join(staging, "disk.0.2"), path.join(staging, "disk.0.3"));
  expectSuccess(await runDriver(backupCall({ lastIncrement: 2, lastBackupId: last })));
});
