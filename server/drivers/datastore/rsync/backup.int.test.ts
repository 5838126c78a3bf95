import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Manifest } from "../../../domain/backup";
import { run } from "../../../lib/process";
import { BASH } from "../../../lib/ssh";
import { expectSuccess } from "../../conformance";
import { makeChain, vmXmlFile } from "../../testing/chain-fixture";
import {
  datastoreXml,
  makeRsyncFixture,
  newBackupId,
  RSYNC_VM_ID,
  type RsyncFixture,
} from "../../testing/rsync-fixture";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

describe("rsync datastore: faults", () => {
  let sshd: TestSshd;
  let on: RsyncFixture;

  beforeAll(async () => {
    sshd = await startSshd(["backup-server", "vm-host"]);
  });
  afterAll(async () => await sshd.stop());
  beforeEach(async () => {
    on = await makeRsyncFixture(sshd.configPath);
    return on.remove;
  });

  it("writes a manifest that matches the files, with 0600 and 0700", async () => {
    const [first = "", , last = ""] = await on.storeChain();
    const folder = path.join(on.vmPath, last);
    const manifest = Manifest.parse(JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8")));
    expect(manifest).toMatchObject({
      vmId: RSYNC_VM_ID,
      backupId: last,
      incrementId: 2,
      parentId: 1,
      type: "INCREMENT",
    });
    expect(manifest.disks).toMatchObject([{ id: 0, file: "disk.0.2", virtualSize: 64 * 1024 ** 2, bitmap: "one-9-2" }]);
    const sums = await run(["sha256sum", "disk.0.2", "vm.xml"], { cwd: folder, timeoutMs: 10_000 });
    expect(sums.stdout).toContain(manifest.disks[0]?.sha256);
    expect(sums.stdout).toContain(manifest.vmXmlSha256);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(folder, "disk.0.2"))).mode & 0o777).toBe(0o600);
    expect((await readdir(on.vmPath)).sort()).toHaveLength(3);
    expect((await readdir(on.basePath)).sort()).toEqual([".repo-id", String(RSYNC_VM_ID)]);
    expect(existsSync(path.join(on.vmPath, first, "disk.0.0"))).toBe(true);
  });

  it("copies nothing when the same backup is asked for again", async () => {
    const backupId = newBackupId();
    await on.chain.stage(0);
    const first = await runDriver(on.backupCall({ backupId }));
    expectSuccess(first);
    const file = path.join(on.vmPath, backupId, "disk.0.0");
    const before = await stat(file);
    await on.chain.stage(0);
    const second = await runDriver(on.backupCall({ backupId }));
    expectSuccess(second);
    expect(second.stdout).toBe(first.stdout);
    const after = await stat(file);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(meaningsOf(second).filter((meaning) => meaning.kind === "progress")).toEqual([]);
    expect(meaningsOf(second).filter((meaning) => meaning.kind === "manifest")).toHaveLength(1);
  });

  it("does not share a stored file with a later staging", async () => {
    const [first = ""] = await on.storeChain();
    await on.chain.stage(0);
    const stored = await stat(path.join(on.vmPath, first, "disk.0.0"));
    const staged = await stat(path.join(on.chain.vmDir, "backup", "disk.0.0"));
    expect(stored.nlink).toBe(1);
    expect(staged.ino).not.toBe(stored.ino);
  });

  it.each([
    ["localhost", "backup-server"],
    ["vm-host", "backup-server"],
    ["vm-host", "localhost"],
  ])("SIGTERM in the middle leaves nothing (%s to %s)", async (from, host) => {
    await on.stageLarge();
    const backupId = newBackupId();
    const stop = new AbortController();
    const child = startDriver({ ...on.backupCall({ from, host, backupId }), signal: stop.signal });
    await vi.waitFor(async () => expect(await on.uploadedBytes(backupId)).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 50,
    });
    stop.abort();
    const result = await child.done;
    expect(result.exitCode).toBe(143);
    expect(reasonOf(result)).toBe("Cancelled on request.");
    expect(await readdir(on.basePath)).toEqual([".repo-id"]);
    await vi.waitFor(async () => expect(await on.processesHere()).toEqual([]), { timeout: 15_000, interval: 200 });
  });

  it("a repeated backup works after kill -9 of the driver", async () => {
    await on.stageLarge();
    const backupId = newBackupId();
    const options = { from: "vm-host", host: "backup-server", backupId };
    const child = startDriver(on.backupCall(options));
    await vi.waitFor(async () => expect(await on.uploadedBytes(backupId)).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 50,
    });
    if (child.pid !== undefined) process.kill(child.pid, "SIGKILL");
    expect((await child.done).signal).toBe("SIGKILL");
    await vi.waitFor(async () => expect(await on.processesHere()).toEqual([]), { timeout: 20_000, interval: 200 });
    await on.chain.stage(0);
    expectSuccess(await runDriver(on.backupCall(options)));
    expect(await readdir(on.vmPath)).toEqual([backupId]);
  });

  it("sweeps what an earlier backup of the VM has left", async () => {
    const left = path.join(on.vmPath, `.tmp-${newBackupId()}`);
    await mkdir(left, { recursive: true });
    await writeFile(path.join(left, "disk.0.0"), "half");
    await on.chain.stage(0);
    const result = await runDriver(on.backupCall());
    expectSuccess(result);
    expect(result.stderr).toContain("WARN: ");
    expect((await readdir(on.vmPath)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("names a server that cannot be reached", async () => {
    await on.chain.stage(0);
    for (const call of [
      on.backupCall({ host: "no-such-server" }),
      { ...on.backupCall(), action: "datastore/rsync/monitor", argv: ["100"] },
    ]) {
      const isMonitor = call.action.endsWith("monitor");
      const xml = isMonitor
        ? `<DS_DRIVER_ACTION_DATA>${datastoreXml(on.basePath, { host: "no-such-server" })}</DS_DRIVER_ACTION_DATA>`
        : call.xml;
      const result = await runDriver({ ...call, xml });
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toMatch(/Cannot reach the backup server no-such-server over ssh.*Check/);
    }
  });

  it("refuses before sending when the reserve would be used up", async () => {
    await on.chain.stage(0);
    const strict = on.backupCall({ from: "vm-host", host: "backup-server" });
    const refused = await runDriver({
      ...strict,
      xml: (strict.xml ?? "").replace(">0</RESERVE_MB>", ">2000000000</RESERVE_MB>"),
    });
    expect(refused.exitCode).toBe(1);
    expect(reasonOf(refused)).toMatch(/not enough space: \d+ MiB to send, \d+ MiB free/);
  });

  it("reports a repository that becomes full and gives the space back", async (context) => {
    const small = path.join(on.dir, "small");
    await mkdir(small);
    const mounted = await run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small], { timeoutMs: 10_000 });
    if (!mounted.ok) return context.skip(`mount is not allowed here: ${mounted.stderr.trim()}`);
    try {
      const base = path.join(small, "repo");
      await on.chain.stage(0);
      const disk = path.join(on.chain.vmDir, "backup", "disk.0.0");
      await truncate(disk, 64 * 1024 ** 2);
      const refused = await runDriver(on.backupCall({ base, host: "backup-server" }));
      expect(reasonOf(refused)).toContain("not enough space");
      await truncate(disk, 14 * 1024 ** 2);
      const full = await fillMidway(base, path.join(small, "ballast"));
      expect(reasonOf(full)).toMatch(/repository is full/);
      expect(await readdir(base)).toEqual([".repo-id"]);
    } finally {
      await run(["umount", small], { timeoutMs: 10_000 });
    }
  });

  /** Takes the space away while a slow upload goes on: its first file is in the upload folder by then. */
  async function fillMidway(base: string, ballast: string) {
    const backupId = newBackupId();
    const extra = "<RSYNC_ARGS>--bwlimit=4m</RSYNC_ARGS>";
    const child = startDriver(on.backupCall({ base, host: "backup-server", backupId, extra }));
    const folder = path.join(base, String(RSYNC_VM_ID), `.tmp-${backupId}`);
    const files = async () => (await readdir(folder).catch(() => [])).filter((name) => name.includes("disk."));
    await vi.waitFor(async () => expect(await files()).not.toEqual([]), { timeout: 20_000, interval: 10 });
    await writeFile(ballast, Buffer.alloc(12 * 1024 ** 2)).catch(() => undefined);
    return await child.done;
  }

  it.each([
    ["a newline", "/tmp/x\ny"],
    ["dots", "/tmp/../etc"],
    ["a relative path", "tmp"],
  ])("refuses a VM folder or base path with %s", async (_name, bad) => {
    await on.chain.stage(0);
    for (const result of [
      await runDriver(on.backupCall({ vmDir: bad })),
      await runDriver(on.backupCall({ base: bad })),
    ]) {
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toMatch(/is refused|is not <host>/);
      expect(reasonOf(result)).not.toContain("\n");
    }
  });

  it("takes shell text in paths literally, on both sides of ssh", async () => {
    const vmDir = path.join(on.dir, "vm \"dir' $(touch pwned) `touch pwned` ; touch pwned & *");
    const base = path.join(on.dir, "repo \"x' $(touch pwned) `touch pwned` ; touch pwned & *");
    const hostile = await makeChain(on.dir, RSYNC_VM_ID, { vmDir });
    for (const options of [{ host: "localhost" }, { from: "vm-host", host: "backup-server" }]) {
      await hostile.stage(0);
      expectSuccess(await runDriver(on.backupCall({ vmDir, base, ...options })));
    }
    await hostile.stage(0);
    const extra = "<RSYNC_ARGS>-a</RSYNC_ARGS>";
    expectSuccess(await runDriver(on.backupCall({ vmDir, base, from: "vm-host", host: "backup-server", extra })));
    expect(await readdir(path.join(base, String(RSYNC_VM_ID)))).toHaveLength(3);
    for (const folder of [on.dir, process.cwd(), userInfo().homedir]) {
      expect(existsSync(path.join(folder, "pwned"))).toBe(false);
    }
  });

  it("refuses hosts, users and rsync options that are something else", async () => {
    await on.chain.stage(0);
    const proxy = await runDriver(on.backupCall({ host: "-oProxyCommand=touch${IFS}pwned" }));
    expect(reasonOf(proxy)).toContain("RSYNC_HOST");
    const option = await runDriver(on.backupCall({ extra: "<RSYNC_ARGS>-a -e /tmp/evil</RSYNC_ARGS>" }));
    expect(reasonOf(option)).toContain('RSYNC_ARGS: "-e"');
    expect(existsSync(on.basePath)).toBe(false);
  });

  it("refuses a staged disk that names another file, and one that was not asked for", async () => {
    await on.chain.stage(0);
    const staged = path.join(on.chain.vmDir, "backup", "disk.0.0");
    const rebased = await run(["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", staged], {
      timeoutMs: 10_000,
    });
    expect(rebased.ok).toBe(true);
    const result = await runDriver(on.backupCall());
    expect(reasonOf(result)).toMatch(/disk\.0\.0 cannot be stored: it has a backing file/);
    await on.chain.stage(0);
    expect(reasonOf(await runDriver(on.backupCall({ disks: "1" })))).toContain("disk.1.0 is missing");
    expect(reasonOf(await runDriver(on.backupCall({ lastIncrement: 4 })))).toContain("stale");
  });

  it("rm touches nothing but the points of the image", async () => {
    const ids = await on.storeChain();
    const other = path.join(on.vmPath, newBackupId());
    await mkdir(other);
    const remove = (sources: string[]) =>
      runDriver({
        action: "datastore/rsync/rm",
        argv: ["1"],
        xml: `<D><IMAGE><ID>1</ID><VMS><ID>${RSYNC_VM_ID}</ID></VMS><BACKUP_INCREMENTS>${sources.map((source, id) => `<INCREMENT><ID>${id}</ID><SOURCE>${source}</SOURCE></INCREMENT>`).join("")}</BACKUP_INCREMENTS></IMAGE>${datastoreXml(on.basePath)}</D>`,
      });
    for (const bad of ["..", "../..", "*", "a", "", ".repo-id", "abcdef/../x"]) {
      const result = await remove([...ids, bad]);
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toContain("is not the id of a backup");
    }
    expect(await readdir(on.vmPath)).toHaveLength(4);
    const upload = `.tmp-${newBackupId()}`;
    await mkdir(path.join(on.vmPath, upload));
    await mkdir(path.join(on.vmPath, `.tmp-${ids[2]}`));
    expectSuccess(await remove(ids));
    expect((await readdir(on.vmPath)).sort()).toEqual([upload, path.basename(other)]);
  });

  it("a backup survives an rm that takes the VM's empty folder away", async () => {
    // What an rm does at its end, at the moment when the folder is there and empty.
    const script = 'until rmdir -- "$1" 2>/dev/null; do :; done';
    for (let round = 0; round < 3; round++) {
      await on.chain.stage(0);
      const stop = new AbortController();
      const rival = run([...BASH, script, "rival", on.vmPath], { timeoutMs: 60_000, signal: stop.signal });
      const stored = await runDriver(on.backupCall());
      stop.abort();
      await rival;
      expectSuccess(stored);
      await rm(on.vmPath, { recursive: true });
    }
  });

  it("stat takes the size from vm.xml of the last point", async () => {
    const ids = await on.storeChain();
    const point = path.join(on.vmPath, ids[2] ?? "");
    const xml = Buffer.from("<VM><TEMPLATE><DISK><DISK_ID>0</DISK_ID><SIZE>777</SIZE></DISK></TEMPLATE></VM>");
    const sizeOf = async () => {
      const url = `rsync://100//${ids.map((id, index) => `${index}:${id}`).join(",")}${on.basePath}/${RSYNC_VM_ID}/${ids[0]}/disk.0.0`;
      const result = await runDriver({
        action: "datastore/rsync/stat",
        argv: ["1"],
        xml: `<D><IMAGE><PATH>${url}</PATH></IMAGE>${datastoreXml(on.basePath, { host: "backup-server" })}</D>`,
        sshConfig: sshd.configPath,
      });
      expectSuccess(result);
      return result.stdout.trim();
    };
    expect(await sizeOf()).toBe("64");
    await writeFile(path.join(point, "vm.xml"), xml.toString("base64"));
    expect(await sizeOf()).toBe("777");
    await writeFile(path.join(point, "vm.xml"), vmXmlFile(1).replaceAll(/./g, ""));
    expect(await sizeOf()).toBe("64");
  });
});
