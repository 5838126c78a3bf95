import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Manifest } from "../../../domain/backup";
import { run } from "../../../lib/process";
import { parseBackupAnswer } from "../../../lib/wire";
import { describeBackupDatastore, expectSuccess } from "../../conformance";
import { type ChainFixture, makeChain, sameContent, vmXmlFile } from "../../testing/chain-fixture";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

const USER = userInfo().username;
const ALIASES = ["backup-server", "vm-host"];

interface DatastoreOptions {
  host?: string;
  extra?: string;
}

function datastoreXml(basePath: string, { host = "localhost", extra = "" }: DatastoreOptions = {}): string {
  const escaped = basePath.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<DATASTORE><ID>100</ID><BASE_PATH>${escaped}</BASE_PATH><TEMPLATE><RSYNC_HOST>${host}</RSYNC_HOST><RSYNC_USER>${USER}</RSYNC_USER><RESERVE_MB>0</RESERVE_MB>${extra}</TEMPLATE></DATASTORE>`;
}

const suites = [
  { title: "all on this machine, hard links", host: "localhost", server: "localhost" },
  { title: "this machine to a backup server, increments as upstream writes them", server: "backup-server", ref: true },
  { title: "a host to a backup server", host: "vm-host", server: "backup-server" },
  { title: "a host to this machine", host: "vm-host", server: "localhost" },
  { title: "with rsync, a host to a backup server", host: "vm-host", server: "backup-server", args: "-aS --bwlimit=0" },
  { title: "with rsync, a host to this machine", host: "vm-host", server: "localhost", args: "-a --inplace -W" },
  { title: "with rsync, all on this machine", server: "localhost", args: "-a" },
];

for (const { title, host = "localhost", server, args, ref } of suites) {
  let sshd: TestSshd | undefined;
  describeBackupDatastore(
    `rsync: ${title}`,
    async () => {
      const dir = await mkdtemp(path.join(tmpdir(), "strata rsync'$(x) "));
      if (host !== "localhost" || server !== "localhost") sshd = await startSshd(ALIASES);
      const extra = args === undefined ? "" : `<RSYNC_ARGS>${args}</RSYNC_ARGS>`;
      return {
        name: title,
        driver: "rsync",
        dir,
        host,
        datastoreXml: datastoreXml(path.join(dir, "repo; touch x"), { host: server, extra }),
        isReference: ref ?? false,
        ...(sshd === undefined ? {} : { sshConfig: sshd.configPath }),
      };
    },
    async () => await sshd?.stop(),
  );
}

describe("rsync: faults", () => {
  const vmId = 9;
  let sshd: TestSshd;
  let dir: string;
  let basePath: string;
  let chain: ChainFixture;

  beforeAll(async () => {
    sshd = await startSshd(ALIASES);
  });
  afterAll(async () => await sshd.stop());
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "strata-fault-"));
    basePath = path.join(dir, "repo");
    chain = await makeChain(dir, vmId);
    return async () => await rm(dir, { recursive: true, force: true });
  });

  interface BackupOptions extends DatastoreOptions {
    from?: string;
    vmDir?: string;
    backupId?: string;
    lastIncrement?: number;
    base?: string;
    disks?: string;
  }
  const backupCall = (options: BackupOptions = {}) => ({
    action: "datastore/rsync/backup",
    argv: [
      `${options.from ?? "localhost"}:${options.vmDir ?? chain.vmDir}`,
      options.disks ?? "0",
      "deploy",
      "-",
      String(vmId),
      "100",
    ],
    xml: `<DS_DRIVER_ACTION_DATA>${datastoreXml(options.base ?? basePath, options)}<VM><ID>${vmId}</ID><BACKUPS><BACKUP_CONFIG><MODE>INCREMENT</MODE><LAST_INCREMENT_ID>${options.lastIncrement ?? -1}</LAST_INCREMENT_ID></BACKUP_CONFIG></BACKUPS></VM><EXTRA_DATA><BACKUP_ID>${options.backupId ?? newId()}</BACKUP_ID></EXTRA_DATA></DS_DRIVER_ACTION_DATA>`,
    sshConfig: sshd.configPath,
  });
  const newId = () => randomBytes(12).toString("hex");
  const storeChain = async () => {
    const ids: string[] = [];
    for (let index = 0; index < 3; index++) {
      await chain.stage(index);
      const result = await runDriver(backupCall({ lastIncrement: index - 1 }));
      expectSuccess(result);
      ids.push(parseBackupAnswer(result.stdout)?.backupId ?? "");
    }
    return ids;
  };
  const download = (ids: string[], options: DatastoreOptions & { destination?: string } = {}) =>
    runDriver({
      action: "downloader/rsync",
      argv: [
        `rsync://100//${ids.map((id, index) => `${index}:${id}`).join(",")}${basePath}/${vmId}/${ids[0] ?? ""}/disk.0.0`,
        options.destination ?? path.join(dir, "out.raw"),
        "raw",
      ],
      xml: `<DS_DRIVER_ACTION_DATA>${datastoreXml(basePath, options)}</DS_DRIVER_ACTION_DATA>`,
      sshConfig: sshd.configPath,
    });
  /** A staged disk that takes seconds to send: a qcow2 header and 6 GiB of hole. */
  const stageLarge = async () => {
    await chain.stage(0);
    await truncate(path.join(chain.vmDir, "backup", "disk.0.0"), 6 * 1024 ** 3);
  };
  const tmpFile = async (id: string) => await stat(path.join(basePath, String(vmId), `.tmp-${id}`, "disk.0.0"));
  /** Processes of any kind that still work on this test's folder. */
  const processesHere = async () => {
    const found = await run(["pgrep", "-f", "-l", "--", dir], { timeoutMs: 10_000 });
    return found.stdout.split("\n").filter((line) => line !== "" && !line.includes("pgrep"));
  };

  it("writes a manifest that matches the files, with 0600 and 0700", async () => {
    const [first = "", , last = ""] = await storeChain();
    const folder = path.join(basePath, String(vmId), last);
    const manifest = Manifest.parse(JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8")));
    expect(manifest).toMatchObject({ vmId, backupId: last, incrementId: 2, parentId: 1, type: "INCREMENT" });
    expect(manifest.disks).toMatchObject([{ id: 0, file: "disk.0.2", virtualSize: 64 * 1024 ** 2, bitmap: "one-9-2" }]);
    const sums = await run(["sha256sum", "disk.0.2", "vm.xml"], { cwd: folder, timeoutMs: 10_000 });
    expect(sums.stdout).toContain(manifest.disks[0]?.sha256);
    expect(sums.stdout).toContain(manifest.vmXmlSha256);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(folder, "disk.0.2"))).mode & 0o777).toBe(0o600);
    expect((await readdir(path.join(basePath, String(vmId)))).sort()).toHaveLength(3);
    expect((await readdir(basePath)).sort()).toEqual([".repo-id", String(vmId)]);
    expect(existsSync(path.join(basePath, String(vmId), first, "disk.0.0"))).toBe(true);
  });

  it("copies nothing when the same backup is asked for again", async () => {
    const backupId = newId();
    await chain.stage(0);
    const first = await runDriver(backupCall({ backupId }));
    expectSuccess(first);
    const file = path.join(basePath, String(vmId), backupId, "disk.0.0");
    const before = await stat(file);
    await chain.stage(0);
    const second = await runDriver(backupCall({ backupId }));
    expectSuccess(second);
    expect(second.stdout).toBe(first.stdout);
    const after = await stat(file);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(meaningsOf(second).filter((meaning) => meaning.kind === "progress")).toEqual([]);
    expect(meaningsOf(second).filter((meaning) => meaning.kind === "manifest")).toHaveLength(1);
  });

  it("does not share a stored file with a later staging", async () => {
    const [first = ""] = await storeChain();
    await chain.stage(0);
    const stored = await stat(path.join(basePath, String(vmId), first, "disk.0.0"));
    const staged = await stat(path.join(chain.vmDir, "backup", "disk.0.0"));
    expect(stored.nlink).toBe(1);
    expect(staged.ino).not.toBe(stored.ino);
  });

  it.each([
    ["localhost", "backup-server"],
    ["vm-host", "backup-server"],
    ["vm-host", "localhost"],
  ])("SIGTERM in the middle leaves nothing (%s to %s)", async (from, host) => {
    await stageLarge();
    const backupId = newId();
    const stop = new AbortController();
    const child = startDriver({ ...backupCall({ from, host, backupId }), signal: stop.signal });
    await vi.waitFor(async () => expect((await tmpFile(backupId)).size).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 50,
    });
    stop.abort();
    const result = await child.done;
    expect(result.exitCode).toBe(143);
    expect(reasonOf(result)).toBe("Cancelled on request.");
    expect(await readdir(basePath)).toEqual([".repo-id"]);
    await vi.waitFor(async () => expect(await processesHere()).toEqual([]), { timeout: 15_000, interval: 200 });
  });

  it("a repeated backup works after kill -9 of the driver", async () => {
    await stageLarge();
    const backupId = newId();
    const options = { from: "vm-host", host: "backup-server", backupId };
    const child = startDriver(backupCall(options));
    await vi.waitFor(async () => expect((await tmpFile(backupId)).size).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 50,
    });
    if (child.pid !== undefined) process.kill(child.pid, "SIGKILL");
    expect((await child.done).signal).toBe("SIGKILL");
    await vi.waitFor(async () => expect(await processesHere()).toEqual([]), { timeout: 20_000, interval: 200 });
    await chain.stage(0);
    expectSuccess(await runDriver(backupCall(options)));
    expect(await readdir(path.join(basePath, String(vmId)))).toEqual([backupId]);
  });

  it("sweeps what an earlier backup of the VM has left", async () => {
    const left = path.join(basePath, String(vmId), `.tmp-${newId()}`);
    await mkdir(left, { recursive: true });
    await writeFile(path.join(left, "disk.0.0"), "half");
    await chain.stage(0);
    const result = await runDriver(backupCall());
    expectSuccess(result);
    expect(result.stderr).toContain("WARN: ");
    expect((await readdir(path.join(basePath, String(vmId)))).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("names a server that cannot be reached", async () => {
    await chain.stage(0);
    for (const call of [
      backupCall({ host: "no-such-server" }),
      { ...backupCall(), action: "datastore/rsync/monitor", argv: ["100"] },
    ]) {
      const isMonitor = call.action.endsWith("monitor");
      const xml = isMonitor
        ? `<DS_DRIVER_ACTION_DATA>${datastoreXml(basePath, { host: "no-such-server" })}</DS_DRIVER_ACTION_DATA>`
        : call.xml;
      const result = await runDriver({ ...call, xml });
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toMatch(/Cannot reach the backup server no-such-server over ssh.*Check/);
    }
  });

  it("refuses before sending when the reserve would be used up", async () => {
    await chain.stage(0);
    const strict = backupCall({ from: "vm-host", host: "backup-server" });
    const refused = await runDriver({
      ...strict,
      xml: strict.xml.replace(">0</RESERVE_MB>", ">2000000000</RESERVE_MB>"),
    });
    expect(refused.exitCode).toBe(1);
    expect(reasonOf(refused)).toMatch(/not enough space: \d+ MiB to send, \d+ MiB free/);
  });

  it("reports a repository that becomes full and gives the space back", async (context) => {
    const small = path.join(dir, "small");
    await mkdir(small);
    const mounted = await run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small], { timeoutMs: 10_000 });
    if (!mounted.ok) return context.skip(`mount is not allowed here: ${mounted.stderr.trim()}`);
    try {
      const base = path.join(small, "repo");
      await chain.stage(0);
      const disk = path.join(chain.vmDir, "backup", "disk.0.0");
      await truncate(disk, 64 * 1024 ** 2);
      const refused = await runDriver(backupCall({ base, host: "backup-server" }));
      expect(reasonOf(refused)).toContain("not enough space");
      await truncate(disk, 14 * 1024 ** 2);
      const full = await fillMidway(base, path.join(small, "ballast"));
      expect(reasonOf(full)).toMatch(/repository is full/);
      expect(await readdir(base)).toEqual([".repo-id"]);
    } finally {
      await run(["umount", small], { timeoutMs: 10_000 });
    }
  });

  /** Takes the space away between the preflight, which makes the upload folder, and the end of a slow upload. */
  async function fillMidway(base: string, ballast: string) {
    const backupId = newId();
    const extra = "<RSYNC_ARGS>--bwlimit=4m</RSYNC_ARGS>";
    const child = startDriver(backupCall({ base, host: "backup-server", backupId, extra }));
    await vi.waitFor(() => expect(existsSync(path.join(base, String(vmId), `.tmp-${backupId}`))).toBe(true), {
      timeout: 20_000,
      interval: 10,
    });
    await writeFile(ballast, Buffer.alloc(12 * 1024 ** 2)).catch(() => undefined);
    return await child.done;
  }

  it.each([
    ["a newline", "/tmp/x\ny"],
    ["dots", "/tmp/../etc"],
    ["a relative path", "tmp"],
  ])("refuses a VM folder or base path with %s", async (_name, bad) => {
    await chain.stage(0);
    for (const result of [await runDriver(backupCall({ vmDir: bad })), await runDriver(backupCall({ base: bad }))]) {
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toMatch(/is refused|is not <host>/);
      expect(reasonOf(result)).not.toContain("\n");
    }
  });

  it("takes shell text in paths literally, on both sides of ssh", async () => {
    const vmDir = path.join(dir, "vm \"dir' $(touch pwned) `touch pwned` ; touch pwned & *");
    const base = path.join(dir, "repo \"x' $(touch pwned) `touch pwned` ; touch pwned & *");
    const hostile = await makeChain(dir, vmId, { vmDir });
    for (const options of [{ host: "localhost" }, { from: "vm-host", host: "backup-server" }]) {
      await hostile.stage(0);
      expectSuccess(await runDriver(backupCall({ vmDir, base, ...options })));
    }
    await hostile.stage(0);
    const extra = "<RSYNC_ARGS>-a</RSYNC_ARGS>";
    expectSuccess(await runDriver(backupCall({ vmDir, base, from: "vm-host", host: "backup-server", extra })));
    expect(await readdir(path.join(base, String(vmId)))).toHaveLength(3);
    for (const folder of [dir, process.cwd(), userInfo().homedir]) {
      expect(existsSync(path.join(folder, "pwned"))).toBe(false);
    }
  });

  it("refuses hosts, users and rsync options that are something else", async () => {
    await chain.stage(0);
    const proxy = await runDriver(backupCall({ host: "-oProxyCommand=touch${IFS}pwned" }));
    expect(reasonOf(proxy)).toContain("RSYNC_HOST");
    const option = await runDriver(backupCall({ extra: "<RSYNC_ARGS>-a -e /tmp/evil</RSYNC_ARGS>" }));
    expect(reasonOf(option)).toContain('RSYNC_ARGS: "-e"');
    expect(existsSync(basePath)).toBe(false);
  });

  it("refuses a staged disk that names another file, and one that was not asked for", async () => {
    await chain.stage(0);
    const staged = path.join(chain.vmDir, "backup", "disk.0.0");
    const rebased = await run(["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", staged], {
      timeoutMs: 10_000,
    });
    expect(rebased.ok).toBe(true);
    const result = await runDriver(backupCall());
    expect(reasonOf(result)).toMatch(/disk\.0\.0 cannot be stored: it has a backing file/);
    await chain.stage(0);
    expect(reasonOf(await runDriver(backupCall({ disks: "1" })))).toContain("disk.1.0 is missing");
    expect(reasonOf(await runDriver(backupCall({ lastIncrement: 4 })))).toContain("stale");
  });

  it.each(["localhost", "backup-server"])("the downloader names a file that is cut (%s)", async (host) => {
    const ids = await storeChain();
    const file = path.join(basePath, String(vmId), ids[1] ?? "", "disk.0.1");
    await truncate(file, (await stat(file)).size - 1);
    const result = await download(ids, { host });
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toContain(file);
    expect(existsSync(path.join(dir, "out.raw"))).toBe(false);
    await rm(file);
    expect(reasonOf(await download(ids, { host }))).toContain(`${file} is missing`);
  });

  it.each(["localhost", "backup-server"])("the downloader refuses dangerous stored files (%s)", async (host) => {
    const ids = await storeChain();
    const file = path.join(basePath, String(vmId), ids[0] ?? "", "disk.0.0");
    for (const id of ids) await rm(path.join(basePath, String(vmId), id, "manifest.json"));
    // A foreign repository without manifests is restored.
    expectSuccess(await download(ids, { host }));
    expect(await sameContent(path.join(dir, "out.raw"), "raw", chain.expected(2), "raw")).toBe(true);
    await rm(path.join(dir, "out.raw"));

    const rebase = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd"] as const;
    expect((await run([...rebase, file], { timeoutMs: 10_000 })).ok).toBe(true);
    const backing = await download(ids, { host });
    expect(reasonOf(backing)).toContain(`${file} is refused: it has a backing file`);
    await rm(file);
    await symlink("/etc/passwd", file);
    expect(reasonOf(await download(ids, { host }))).toContain("is missing");
    await rm(file);
    await writeFile(file, "not qcow2");
    expect(reasonOf(await download(ids, { host }))).toContain(`${file} is refused: not a qcow2 file`);
    expect(existsSync(path.join(dir, "out.raw"))).toBe(false);
  });

  it("restores a chain that upstream has rebased in place", async () => {
    const ids = await storeChain();
    const at = (index: number) => path.join(basePath, String(vmId), ids[index] ?? "", `disk.0.${index}`);
    for (const id of ids) await rm(path.join(basePath, String(vmId), id, "manifest.json"));
    for (const [index, name] of [
      [1, at(0)],
      [2, `../${ids[1]}/disk.0.1`],
    ] as const) {
      const argv = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", name, at(index)] as const;
      expect((await run(argv, { timeoutMs: 10_000 })).ok).toBe(true);
    }
    expectSuccess(await download(ids));
    expect(await sameContent(path.join(dir, "out.raw"), "raw", chain.expected(2), "raw")).toBe(true);
  });

  it("SIGTERM of a download leaves nothing on either side", async () => {
    await chain.stage(0);
    const result = await runDriver(backupCall());
    expectSuccess(result);
    const id = parseBackupAnswer(result.stdout)?.backupId ?? "";
    const stop = new AbortController();
    const socketDir = path.join(dir, "sockets");
    await mkdir(socketDir);
    const destination = path.join(dir, "out.raw");
    const child = startDriver({
      action: "downloader/rsync",
      argv: [`rsync://100//0:${id}${basePath}/${vmId}/${id}/disk.0.0`, destination, "raw"],
      xml: `<D>${datastoreXml(basePath, { host: "backup-server", extra: `<RSYNC_TMP_DIR>${socketDir}</RSYNC_TMP_DIR>` })}</D>`,
      sshConfig: sshd.configPath,
      signal: stop.signal,
    });
    await vi.waitFor(async () => expect(await readdir(socketDir)).toHaveLength(1), { timeout: 20_000, interval: 5 });
    stop.abort();
    expect((await child.done).exitCode).toBe(143);
    expect(existsSync(destination)).toBe(false);
    expect(existsSync(`${destination}.part`)).toBe(false);
    await vi.waitFor(
      async () => {
        expect(await readdir(socketDir)).toEqual([]);
        expect(await processesHere()).toEqual([]);
      },
      { timeout: 15_000, interval: 200 },
    );
  });

  it("rm touches nothing but the points of the image", async () => {
    const ids = await storeChain();
    const other = path.join(basePath, String(vmId), newId());
    await mkdir(other);
    const remove = (sources: string[]) =>
      runDriver({
        action: "datastore/rsync/rm",
        argv: ["1"],
        xml: `<D><IMAGE><ID>1</ID><VMS><ID>${vmId}</ID></VMS><BACKUP_INCREMENTS>${sources.map((source, id) => `<INCREMENT><ID>${id}</ID><SOURCE>${source}</SOURCE></INCREMENT>`).join("")}</BACKUP_INCREMENTS></IMAGE>${datastoreXml(basePath)}</D>`,
      });
    for (const bad of ["..", "../..", "*", "a", "", ".repo-id", "abcdef/../x"]) {
      const result = await remove([...ids, bad]);
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toContain("is not the id of a backup");
    }
    expect(await readdir(path.join(basePath, String(vmId)))).toHaveLength(4);
    expectSuccess(await remove(ids));
    expect(await readdir(path.join(basePath, String(vmId)))).toEqual([path.basename(other)]);
  });

  it("stat takes the size from vm.xml of the last point", async () => {
    const ids = await storeChain();
    const point = path.join(basePath, String(vmId), ids[2] ?? "");
    const xml = Buffer.from("<VM><TEMPLATE><DISK><DISK_ID>0</DISK_ID><SIZE>777</SIZE></DISK></TEMPLATE></VM>");
    const sizeOf = async () => {
      const url = `rsync://100//${ids.map((id, index) => `${index}:${id}`).join(",")}${basePath}/${vmId}/${ids[0]}/disk.0.0`;
      const result = await runDriver({
        action: "datastore/rsync/stat",
        argv: ["1"],
        xml: `<D><IMAGE><PATH>${url}</PATH></IMAGE>${datastoreXml(basePath, { host: "backup-server" })}</D>`,
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
