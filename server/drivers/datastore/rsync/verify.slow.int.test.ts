import { mkdir, open, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ListAnswer } from "../../../domain/orphan";
import { VerifyAnswer } from "../../../domain/verification";
import { run } from "../../../lib/process";
import { expectSuccess } from "../../conformance";
import {
  datastoreXml,
  makeRsyncFixture,
  newBackupId,
  RSYNC_VM_ID,
  type RsyncFixture,
} from "../../testing/rsync-fixture";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

const HOSTS = ["localhost", "backup-server"];

async function flipByte(file: string, offset: number): Promise<void> {
  const handle = await open(file, "r+");
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, offset);
  await handle.write(Buffer.from([byte.readUInt8(0) ^ 0xff]), 0, 1, offset);
  await handle.close();
}

describe("rsync verify", () => {
  let sshd: TestSshd;
  let on: RsyncFixture;
  let ids: string[];

  beforeAll(async () => {
    sshd = await startSshd(["backup-server"]);
  });
  afterAll(async () => await sshd.stop());
  beforeEach(async () => {
    on = await makeRsyncFixture(sshd.configPath);
    ids = await on.storeChain();
    return on.remove;
  });

  const imageXml = () =>
    `<IMAGE><ID>7</ID><SOURCE>${ids[0]}</SOURCE><VMS><ID>${RSYNC_VM_ID}</ID></VMS><BACKUP_INCREMENTS>${ids
      .map((id, index) => `<INCREMENT><ID>${index}</ID><SOURCE>${id}</SOURCE></INCREMENT>`)
      .join("")}</BACKUP_INCREMENTS></IMAGE>`;
  const call = (host: string, upTo = -1) => ({
    action: "datastore/rsync/verify",
    argv: ["-i", String(upTo)],
    xml: `<D>${datastoreXml(on.basePath, { host })}${imageXml()}</D>`,
    sshConfig: sshd.configPath,
  });
  const verify = async (host: string, upTo = -1) => {
    const result = await runDriver(call(host, upTo));
    expectSuccess(result);
    return { result, points: VerifyAnswer.parse(JSON.parse(result.stdout)).points };
  };
  const problems = async (host: string) => (await verify(host)).points.map((point) => point.problem);
  const file = (index: number) => path.join(on.vmPath, ids[index] ?? "", `disk.0.${index}`);
  const manifestOf = async (index: number) => {
    const name = path.join(on.vmPath, ids[index] ?? "", "manifest.json");
    return { name, content: JSON.parse(await readFile(name, "utf8")) };
  };
  /** Make the manifest name what the file holds now: an attacker on the server, or a bug that hashed damaged bytes. */
  async function vouchFor(index: number): Promise<void> {
    const { name, content } = await manifestOf(index);
    const { stdout } = await run(["sha256sum", file(index)], { timeoutMs: 10_000 });
    content.disks[0] = { ...content.disks[0], sha256: stdout.slice(0, 64), bytes: (await stat(file(index))).size };
    await writeFile(name, JSON.stringify(content));
  }

  it.each(HOSTS)("a whole chain has no problem, and every file is read (%s)", async (host) => {
    const { result, points } = await verify(host);
    expect(points.map((point) => point.problem)).toEqual([null, null, null]);
    for (const [index, point] of points.entries()) {
      const { content } = await manifestOf(index);
      expect(point.files.map((each) => each.name).sort()).toEqual([`disk.0.${index}`, "vm.xml"]);
      expect(point.files.find((each) => each.name !== "vm.xml")).toMatchObject({
        sha256: content.disks[0].sha256,
        bytes: content.disks[0].bytes,
      });
    }
    const steps = meaningsOf(result).flatMap((meaning) => (meaning.kind === "progress" ? [meaning] : []));
    expect(steps.at(-1)?.done).toBe(steps.at(-1)?.total);
    expect((await verify(host, 1)).points).toHaveLength(2);
  });

  it.each(HOSTS)("one flipped byte, a cut file, a missing file and a missing folder are named (%s)", async (host) => {
    await flipByte(file(1), Math.floor((await stat(file(1))).size / 2));
    expect(await problems(host)).toEqual([null, expect.stringContaining("disk.0.1 is damaged: its checksum"), null]);
    await truncate(file(0), 65_536);
    expect(await problems(host)).toEqual([
      expect.stringMatching(/disk\.0\.0 has 65536 bytes; \d+ were stored/),
      expect.stringContaining("checksum"),
      null,
    ]);
    await rm(file(0));
    await rm(path.join(on.vmPath, ids[2] ?? ""), { recursive: true });
    const [first, , last] = await problems(host);
    expect(first).toContain("disk.0.0 is missing");
    expect(last).toContain("is missing");
  });

  it("a flipped byte of vm.xml is found too, and a link is no file", async () => {
    await flipByte(path.join(on.vmPath, ids[0] ?? "", "vm.xml"), 10);
    await rm(file(1));
    await symlink("/etc/passwd", file(1));
    expect(await problems("localhost")).toEqual([
      expect.stringContaining("vm.xml is damaged"),
      expect.stringContaining("disk.0.1 is missing"),
      null,
    ]);
  });

  it.each(HOSTS)(
    "a foreign backing or data file is refused before qemu sees it, checksum or not (%s)",
    async (host) => {
      const secret = path.join(on.dir, "secret.raw");
      await writeFile(secret, Buffer.alloc(1024 * 1024, 7));
      await rm(secret.replace("secret", "other"), { force: true });
      const rebase = ["qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", secret, file(1)] as const;
      expect((await run(rebase, { timeoutMs: 10_000 })).ok).toBe(true);
      await vouchFor(1);
      const data = [
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-o",
        `data_file=${on.dir}/data`,
        file(2),
        "64M",
      ] as const;
      expect((await run(data, { timeoutMs: 10_000 })).ok).toBe(true);
      await vouchFor(2);
      expect(await problems(host)).toEqual([
        null,
        expect.stringContaining("disk.0.1 is refused: its backing file is not part of the chain"),
        expect.stringContaining("disk.0.2 is refused: it keeps its data in another file"),
      ]);
    },
  );

  it.each(HOSTS)("damaged tables are found although the checksum is right (%s)", async (host) => {
    // The first entry of the L1 table now points far beyond the file.
    const l1Offset = await l1Of(file(1));
    const handle = await open(file(1), "r+");
    const entry = Buffer.alloc(8);
    entry.writeBigUInt64BE((1n << 63n) | (1n << 45n));
    await handle.write(entry, 0, 8, l1Offset);
    await handle.close();
    await vouchFor(1);
    const found = await problems(host);
    expect(found[0]).toBeNull();
    expect(found[1]).toMatch(/qemu-img finds disk\.0\.1 damaged/);
  });

  it("a manifest of another backup, a damaged one and none at all", async () => {
    const { name, content } = await manifestOf(0);
    await writeFile(name, JSON.stringify({ ...content, vmId: 10 }));
    await writeFile((await manifestOf(1)).name, "{");
    await rm((await manifestOf(2)).name);
    const { points, result } = await verify("localhost");
    expect(points.map((point) => point.problem)).toEqual([
      expect.stringContaining("belongs to another backup"),
      expect.stringContaining("manifest.json is damaged"),
      null,
    ]);
    expect(result.stderr).toContain("WARN: Increment 2: well formed, but there is no checksum");
  });

  it("a server that cannot be asked is a failure and says nothing about the points", async () => {
    const result = await runDriver(call("no-such-host.invalid"));
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toBe("");
    expect(reasonOf(result)).toContain("no-such-host.invalid");
  });

  it("SIGTERM ends it on both sides", async () => {
    await truncate(file(0), 6 * 1024 ** 3);
    await vouchFor0(6 * 1024 ** 3);
    const stop = new AbortController();
    let isReading = false;
    const child = startDriver({
      ...call("backup-server"),
      signal: stop.signal,
      onLine: (line) => {
        if (/progress [1-9]/.test(line)) isReading = true;
      },
    });
    await vi.waitFor(() => expect(isReading).toBe(true), { timeout: 20_000, interval: 5 });
    stop.abort();
    expect((await child.done).exitCode).toBe(143);
    await vi.waitFor(async () => expect(await on.processesHere()).toEqual([]), { timeout: 15_000, interval: 200 });
  });

  /** Length only: the checksum of gigabytes of hole is of no interest. */
  async function vouchFor0(bytes: number): Promise<void> {
    const { name, content } = await manifestOf(0);
    content.disks[0].bytes = bytes;
    await writeFile(name, JSON.stringify(content));
  }

  it.each(HOSTS)("list names points, leftovers and what is none of ours (%s)", async (host) => {
    const upload = newBackupId();
    await mkdir(path.join(on.vmPath, `.tmp-${upload}`));
    await writeFile(path.join(on.vmPath, `.tmp-${upload}`, "disk.0.0"), Buffer.alloc(5000));
    await utimes(path.join(on.vmPath, `.tmp-${upload}`, "disk.0.0"), 2_000_000_000, 2_000_000_000);
    await mkdir(path.join(on.vmPath, `.tmp-rm-${upload}-123`));
    await writeFile(path.join(on.vmPath, "notes\nfile 1 forged"), "x");
    await mkdir(path.join(on.basePath, "photos"));
    const result = await runDriver({
      action: "datastore/rsync/list",
      argv: ["100"],
      xml: `<D>${datastoreXml(on.basePath, { host })}</D>`,
      sshConfig: sshd.configPath,
    });
    expectSuccess(result);
    const { entries } = ListAnswer.parse(JSON.parse(result.stdout));
    expect(
      entries
        .filter((entry) => entry.kind === "point")
        .map((entry) => entry.name)
        .sort(),
    ).toEqual([...ids].sort());
    expect(entries.find((entry) => entry.kind === "upload")).toEqual({
      vmId: RSYNC_VM_ID,
      name: `.tmp-${upload}`,
      kind: "upload",
      backupId: upload,
      bytes: 5000,
      modifiedAt: 2_000_000_000,
    });
    expect(entries.find((entry) => entry.kind === "removal")).toMatchObject({ backupId: upload });
    expect(entries.filter((entry) => entry.kind === "other").map((entry) => [entry.vmId, entry.name])).toEqual(
      expect.arrayContaining([
        [RSYNC_VM_ID, "notes\\nfile 1 forged"],
        [null, "photos"],
      ]),
    );
    expect(entries).toHaveLength((await readdir(on.vmPath)).length + 1);
  });
});

/** Offset of the L1 table of a qcow2 file. */
async function l1Of(name: string): Promise<number> {
  const handle = await open(name, "r");
  const bytes = Buffer.alloc(8);
  await handle.read(bytes, 0, 8, 40);
  await handle.close();
  return Number(bytes.readBigUInt64BE(0));
}
