import { existsSync } from "node:fs";
import { mkdir, open, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "../../lib/process";
import { parseBackupAnswer } from "../../lib/wire";
import { expectSuccess } from "../conformance";
import { sameContent } from "../testing/chain-fixture";
import { datastoreXml, makeRsyncFixture, newBackupId, type RsyncFixture } from "../testing/rsync-fixture";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";
import { chainNode } from "./chain";

async function flipByte(file: string, offset: number): Promise<void> {
  const handle = await open(file, "r+");
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, offset);
  await handle.write(Buffer.from([byte.readUInt8(0) ^ 0xff]), 0, 1, offset);
  await handle.close();
}

describe("rsync downloader: faults", () => {
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

  it.each(["localhost", "backup-server"])("the downloader names a file that is cut (%s)", async (host) => {
    const ids = await on.storeChain();
    const file = path.join(on.vmPath, ids[1] ?? "", "disk.0.1");
    await truncate(file, (await stat(file)).size - 1);
    const result = await on.download(ids, { host });
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toContain(file);
    expect(existsSync(path.join(on.dir, "out.raw"))).toBe(false);
    await rm(file);
    expect(reasonOf(await on.download(ids, { host }))).toContain(`${file} is missing`);
  });

  it.each(["localhost", "backup-server"])("the downloader refuses dangerous stored files (%s)", async (host) => {
    const ids = await on.storeChain();
    const file = path.join(on.vmPath, ids[0] ?? "", "disk.0.0");
    for (const id of ids) await rm(path.join(on.vmPath, id, "manifest.json"));
    // A foreign repository without manifests is restored.
    expectSuccess(await on.download(ids, { host }));
    expect(await sameContent(path.join(on.dir, "out.raw"), "raw", on.chain.expected(2), "raw")).toBe(true);
    await rm(path.join(on.dir, "out.raw"));

    const rebase = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd"] as const;
    expect((await run([...rebase, file], { timeoutMs: 10_000 })).ok).toBe(true);
    const backing = await on.download(ids, { host });
    expect(reasonOf(backing)).toContain(`${file} is refused: it has a backing file`);
    await rm(file);
    await symlink("/etc/passwd", file);
    expect(reasonOf(await on.download(ids, { host }))).toContain("is missing");
    await rm(file);
    await writeFile(file, "not qcow2");
    expect(reasonOf(await on.download(ids, { host }))).toContain(`${file} is refused: not a qcow2 file`);
    expect(existsSync(path.join(on.dir, "out.raw"))).toBe(false);
  });

  it.each(["localhost", "backup-server"])("one flipped byte is found before anything is written (%s)", async (host) => {
    const ids = await on.storeChain();
    const stored = path.join(on.vmPath, ids[1] ?? "", "disk.0.1");
    await flipByte(stored, Math.floor((await stat(stored)).size / 2));
    const result = await on.download(ids, { host });
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toContain(
      `The stored file ${stored} of backup ${ids[1]} does not have the checksum it was stored with`,
    );
    expect((await readdir(on.dir)).filter((name) => name.startsWith("out"))).toEqual([]);
    // The point before it does not need that file.
    expectSuccess(await on.download(ids.slice(0, 1), { host }));
    expect(await sameContent(path.join(on.dir, "out.raw"), "raw", on.chain.expected(0), "raw")).toBe(true);
  });

  it("a file whose tables cannot be read any more is called damaged", async () => {
    const ids = await on.storeChain();
    const stored = path.join(on.vmPath, ids[1] ?? "", "disk.0.1");
    const file = await open(stored, "r+");
    const { buffer: header } = await file.read(Buffer.alloc(8), 0, 8, 40);
    // The first entry of the first table: beyond the end of the file, and not where a table may begin.
    await file.write(Buffer.alloc(8, 0x7f), 0, 8, Number(header.readBigUInt64BE()));
    await file.close();
    const result = await on.download(ids, { host: "localhost" });
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toContain(`${stored} of backup ${ids[1]} does not have the checksum it was stored with`);
  });

  it("progress is one bar over check and conversion, and never runs backwards", async () => {
    const ids = await on.storeChain();
    const result = await on.download(ids, { host: "backup-server" });
    expectSuccess(result);
    const steps = meaningsOf(result).flatMap((meaning) => (meaning.kind === "progress" ? [meaning] : []));
    const sizes = await Promise.all(
      ids.map(async (id, index) => (await stat(path.join(on.vmPath, id, `disk.0.${index}`))).size),
    );
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0) + 64 * 1024 ** 2;
    expect(new Set(steps.map((step) => step.total))).toEqual(new Set([total]));
    const done = steps.map((step) => step.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(total);
  });

  it("refuses a chain that is too long to open, by its length or by its names", async () => {
    const ids = Array.from({ length: 251 }, newBackupId);
    expect(reasonOf(await on.download(ids))).toContain("has 251 points up to this one; a restore can read 250");
    const files = Array.from({ length: 250 }, (_, index) => ({ path: `${"/long folder's name".repeat(40)}/${index}` }));
    expect(() => chainNode(files)).toThrow("too long together");
  });

  it("restores a chain that upstream has rebased in place", async () => {
    const ids = await on.storeChain();
    const at = (index: number) => path.join(on.vmPath, ids[index] ?? "", `disk.0.${index}`);
    for (const id of ids) await rm(path.join(on.vmPath, id, "manifest.json"));
    for (const [index, name] of [
      [1, at(0)],
      [2, `../${ids[1]}/disk.0.1`],
    ] as const) {
      const argv = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", name, at(index)] as const;
      expect((await run(argv, { timeoutMs: 10_000 })).ok).toBe(true);
    }
    expectSuccess(await on.download(ids));
    expect(await sameContent(path.join(on.dir, "out.raw"), "raw", on.chain.expected(2), "raw")).toBe(true);
  });

  it("SIGTERM of a download leaves nothing on either side", async () => {
    await on.chain.stage(0);
    const result = await runDriver(on.backupCall());
    expectSuccess(result);
    const id = parseBackupAnswer(result.stdout)?.backupId ?? "";
    const stop = new AbortController();
    const socketDir = path.join(on.dir, "sockets");
    await mkdir(socketDir);
    const destination = path.join(on.dir, "out.raw");
    const child = startDriver({
      action: "downloader/rsync",
      argv: [on.url([id]), destination, "raw"],
      xml: `<D>${datastoreXml(on.basePath, { host: "backup-server", extra: `<RSYNC_TMP_DIR>${socketDir}</RSYNC_TMP_DIR>` })}</D>`,
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
        expect(await on.processesHere()).toEqual([]);
      },
      { timeout: 15_000, interval: 200 },
    );
  });
});
