import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "../../../lib/process";
import { parseCopyAnswer, parseMonitorAnswer } from "../../../lib/wire";
import { expectSuccess } from "../../conformance";
import { sameContent } from "../../testing/chain-fixture";
import { datastoreXml, makeRsyncFixture } from "../../testing/rsync-fixture";
import { reasonOf, runDriver, startDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

const TOOL_MS = 30_000;

describe("fs datastore", () => {
  let sshd: TestSshd;
  let dir: string;
  let store: string;
  let safe: string;

  beforeAll(async () => {
    sshd = await startSshd(["backup-server"]);
  });
  afterAll(async () => await sshd.stop());
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "strata fs-"));
    // SAFE_DIRS is a list separated by blanks, so the safe folder is outside of `dir`, whose name has one.
    safe = await mkdtemp(path.join(tmpdir(), "strata-safe-"));
    store = path.join(dir, "images");
    return async () => {
      await rm(dir, { recursive: true, force: true });
      await rm(safe, { recursive: true, force: true });
    };
  });

  const datastore = () =>
    `<DATASTORE><ID>1</ID><BASE_PATH>${store}</BASE_PATH><TEMPLATE><SAFE_DIRS>${safe}</SAFE_DIRS><RESTRICTED_DIRS>/ ${safe}/no</RESTRICTED_DIRS></TEMPLATE></DATASTORE>`;
  const call = (action: string, image: string, more = "") => ({
    action: `datastore/fs/${action}`,
    argv: ["3"],
    xml: `<DS_DRIVER_ACTION_DATA><IMAGE><ID>3</ID><REGTIME>1700000000</REGTIME>${image}</IMAGE>${datastore()}${more}</DS_DRIVER_ACTION_DATA>`,
    sshConfig: sshd.configPath,
  });
  const cp = (source: string, more = "") => runDriver(call("cp", `<PATH>${source}</PATH>${more}`));
  const qcow2 = async (name: string, ...args: string[]) => {
    const file = path.join(safe, name);
    const made = await run(["qemu-img", "create", "-q", "-f", "qcow2", ...args, file, "8M"], { timeoutMs: TOOL_MS });
    expect(made.stderr).toBe("");
    const written = await run(["qemu-io", "-f", "qcow2", "-c", "write -P 7 1M 1M", file], { timeoutMs: TOOL_MS });
    expect(written.ok).toBe(true);
    return file;
  };
  const stored = async () => (existsSync(store) ? await readdir(store) : []);

  it("monitor answers the capacity", async () => {
    const result = await runDriver(call("monitor", ""));
    expectSuccess(result);
    expect(parseMonitorAnswer(result.stdout)?.totalMb).toBeGreaterThan(0);
  });

  it("copies a qcow2 and a raw file, answers a repetition at once, and removes them", async () => {
    const file = await qcow2("a b.qcow2");
    const first = await cp(file);
    expectSuccess(first);
    const answer = parseCopyAnswer(first.stdout);
    expect(answer?.format).toBe("qcow2");
    const source = answer?.source ?? "";
    expect(source).toMatch(/\/[0-9a-f]{24}$/);
    expect(await sameContent(source, "qcow2", file, "qcow2")).toBe(true);
    expect((await stat(source)).mode & 0o777).toBe(0o600);
    const before = (await stat(source)).ino;
    const second = await cp(file);
    expectSuccess(second);
    expect(second.stdout).toBe(first.stdout);
    expect((await stat(source)).ino).toBe(before);

    for (let round = 0; round < 2; round++) {
      expectSuccess(await runDriver(call("rm", `<SOURCE>${source}</SOURCE>`)));
    }
    expect(await stored()).toEqual([]);

    const raw = path.join(safe, "raw.img");
    await writeFile(raw, Buffer.alloc(3 * 1024 ** 2, 9));
    const third = await cp(raw);
    expectSuccess(third);
    expect(parseCopyAnswer(third.stdout)?.format).toBe("raw");
    expect(await sameContent(parseCopyAnswer(third.stdout)?.source ?? "", "raw", raw, "raw")).toBe(true);
  });

  it("keeps a raw disk raw, even when it begins like qcow2", async () => {
    const file = await qcow2("trap.img");
    const result = await cp(file, "<FORMAT>raw</FORMAT>");
    expectSuccess(result);
    const answer = parseCopyAnswer(result.stdout);
    expect(answer?.format).toBe("raw");
    const compared = await run(["cmp", answer?.source ?? "", file], { timeoutMs: TOOL_MS });
    expect(compared.ok).toBe(true);
  });

  it("refuses paths outside of SAFE_DIRS, links out of them, and what is no file", async () => {
    await mkdir(path.join(safe, "no"));
    await writeFile(path.join(safe, "no", "x"), "x");
    await writeFile(path.join(dir, "outside"), "x");
    await symlink("/etc/passwd", path.join(safe, "link"));
    await symlink(dir, path.join(safe, "folder"));
    expect((await run(["mkfifo", path.join(safe, "fifo")], { timeoutMs: TOOL_MS })).ok).toBe(true);
    const reasons = {
      "/etc/passwd": "not below SAFE_DIRS",
      [path.join(safe, "link")]: "not below SAFE_DIRS",
      [path.join(safe, "folder", "outside")]: "not below SAFE_DIRS",
      [path.join(safe, "no", "x")]: "not below SAFE_DIRS",
      [`${safe}/../../etc/passwd`]: "must not contain ..",
      [path.join(safe, "fifo")]: "not a regular file",
      [path.join(safe, "missing")]: "ENOENT",
      "relative/x": "absolute path",
    };
    for (const [source, reason] of Object.entries(reasons)) {
      for (const result of [await cp(source), await runDriver(call("stat", `<PATH>${source}</PATH>`))]) {
        expect(result.exitCode).toBe(1);
        expect(reasonOf(result)).toContain(reason);
      }
    }
    expect(await stored()).toEqual([]);
  });

  it("refuses images that name other files, and what is not the format it says", async () => {
    const backed = await qcow2("backed", "-b", "/etc/passwd", "-F", "raw", "-u");
    const dataFile = path.join(safe, "with-data");
    const made = await run(
      ["qemu-img", "create", "-q", "-f", "qcow2", "-o", `data_file=${safe}/data`, dataFile, "8M"],
      { timeoutMs: TOOL_MS },
    );
    expect(made.ok).toBe(true);
    expect(reasonOf(await cp(backed))).toContain("it has a backing file");
    expect(reasonOf(await cp(dataFile))).toContain("keeps its data in another file");
    await writeFile(path.join(safe, "text"), "hello");
    expect(reasonOf(await cp(path.join(safe, "text"), "<FORMAT>qcow2</FORMAT>"))).toContain("not a qcow2 file");
    const cut = await qcow2("cut");
    await truncate(cut, 50);
    expect(reasonOf(await cp(cut))).toContain("cut off");
    expect(await stored()).toEqual([]);
  });

  it.each(["localhost", "backup-server"])("copies from a backup URL and gives its size (%s)", async (host) => {
    const backups = await makeRsyncFixture(sshd.configPath);
    try {
      const ids = await backups.storeChain();
      const repository = datastoreXml(backups.basePath, { host });
      const size = await runDriver({
        ...call("stat", ""),
        xml: `<D><IMAGE><PATH>${backups.url(ids)}</PATH></IMAGE>${repository}</D>`,
      });
      expectSuccess(size);
      expect(size.stdout.trim()).toBe("64");
      const result = await runDriver(
        call("cp", `<PATH>${backups.url(ids)}</PATH>`, `<EXTRA_DATA>${repository}</EXTRA_DATA>`),
      );
      expectSuccess(result);
      const answer = parseCopyAnswer(result.stdout);
      expect(answer?.format).toBe("qcow2");
      expect(await sameContent(answer?.source ?? "", "qcow2", backups.chain.expected(2), "raw")).toBe(true);
    } finally {
      await backups.remove();
    }
  });

  it("SIGTERM of a copy leaves nothing, and the copy can be repeated", async () => {
    const large = path.join(safe, "large");
    // Data and not holes: a hole is copied in no time.
    const fill = await run(["dd", "if=/dev/urandom", `of=${large}`, "bs=1M", "count=512"], { timeoutMs: TOOL_MS });
    expect(fill.ok).toBe(true);
    const stop = new AbortController();
    const child = startDriver({ ...call("cp", `<PATH>${large}</PATH>`), signal: stop.signal });
    await vi.waitFor(async () => expect(await stored()).toHaveLength(1), { timeout: 20_000, interval: 5 });
    stop.abort();
    expect((await child.done).exitCode).toBe(143);
    expect(await stored()).toEqual([]);
    const killed = startDriver(call("cp", `<PATH>${large}</PATH>`));
    await vi.waitFor(async () => expect(await stored()).toHaveLength(1), { timeout: 20_000, interval: 5 });
    if (killed.pid !== undefined) process.kill(killed.pid, "SIGKILL");
    expect((await killed.done).signal).toBe("SIGKILL");
    expectSuccess(await cp(large));
    expect(await stored()).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/)]);
  });

  it.each(["qcow2", "raw"])("makes an empty disk as %s and gives its size", async (format) => {
    const result = await runDriver(call("mkfs", `<SIZE>100</SIZE><FORMAT>${format}</FORMAT>`));
    expectSuccess(result);
    const answer = parseCopyAnswer(result.stdout);
    expect(answer?.format).toBe(format);
    const info = await run(["qemu-img", "info", "--output=json", "-f", format, answer?.source ?? ""], {
      timeoutMs: TOOL_MS,
    });
    expect(info.stdout).toContain(`"virtual-size": ${100 * 1024 ** 2}`);
    for (const size of ["0", "-1", "99999999999", "x", ""]) {
      expect((await runDriver(call("mkfs", `<SIZE>${size}</SIZE>`))).exitCode).toBe(1);
    }
  });

  it("stat gives the guest-visible size of a local file", async () => {
    const file = await qcow2("sized");
    const result = await runDriver(call("stat", `<PATH>${file}</PATH>`));
    expectSuccess(result);
    expect(result.stdout.trim()).toBe("8");
  });

  it("rm removes nothing but its own files", async () => {
    await mkdir(path.join(store, "aaaaaaaaaaaaaaaaaaaaaaaa.d"), { recursive: true });
    await writeFile(path.join(dir, "other"), "x");
    const id = "a".repeat(24);
    for (const source of [
      path.join(dir, "other"),
      `${store}/../other`,
      store,
      `${store}/${id}/x`,
      `${store}/${"A".repeat(24)}`,
      `${store}/x`,
      "/etc/passwd",
      id,
    ]) {
      const result = await runDriver(call("rm", `<SOURCE>${source}</SOURCE>`));
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toContain("nothing was removed");
    }
    expect(existsSync(path.join(dir, "other"))).toBe(true);
    expectSuccess(await runDriver(call("rm", "")));
  });
});
