import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Manifest } from "../../../domain/backup";
import { type ProcessResult, run } from "../../../lib/process";
import { parseBackupAnswer, parseFlattenAnswer } from "../../../lib/wire";
import { expectSuccess } from "../../conformance";
import { DISK_MIB, sameContent, vmXmlFile } from "../../testing/chain-fixture";
import {
  datastoreXml,
  makeRsyncFixture,
  newBackupId,
  RSYNC_VM_ID,
  type RsyncFixture,
} from "../../testing/rsync-fixture";
import { type DriverCall, meaningsOf, reasonOf, runDriver, startDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

const IMAGE_ID = 41;
const TOOL_MS = 60_000;
const POINTS = 10;

interface Point {
  id: number;
  source: string;
}

async function tool(...argv: [string, ...string[]]): Promise<void> {
  const result = await run(argv, { timeoutMs: TOOL_MS });
  if (!result.ok) throw new Error(`${argv.join(" ")}: ${result.stderr}${result.stdout}`);
}

/** A chain of two disks in the repository and the raw content of disk 0 and 2 at each point. */
class Chains {
  readonly on: RsyncFixture;
  readonly points: Point[] = [];
  constructor(on: RsyncFixture) {
    this.on = on;
  }

  expected(point: number, disk = 0): string {
    return path.join(this.on.dir, `at-${point}-${disk}.raw`);
  }

  /** Back up one more point: each writes somewhere else, over the one before, and takes something away. */
  async grow(): Promise<void> {
    const n = this.points.length;
    const staging = path.join(this.on.chain.vmDir, "backup");
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    for (const disk of [0, 2]) {
      const writes = [
        `write -P ${n + 1 + disk} ${n}M 1536k`,
        `write -P ${n + 40} 30M 64k`,
        ...(n > 0 ? [`write -z ${n - 1}M 128k`] : [`write -P 9 20M 8M`]),
      ].flatMap((write) => ["-c", write]);
      if (n === 0) await tool("qemu-img", "create", "-q", "-f", "raw", this.expected(0, disk), `${DISK_MIB}M`);
      else await copyFile(this.expected(n - 1, disk), this.expected(n, disk));
      await tool("qemu-io", "-f", "raw", ...writes, this.expected(n, disk));
      const file = path.join(staging, `disk.${disk}.${n}`);
      await tool("qemu-img", "create", "-q", "-f", "qcow2", file, `${DISK_MIB}M`);
      await tool("qemu-io", "-f", "qcow2", ...writes, file);
    }
    await writeFile(path.join(staging, "vm.xml"), vmXmlFile(RSYNC_VM_ID));
    const backupId = newBackupId();
    const lastBackupId = this.points.at(-1)?.source ?? "";
    const result = await runDriver(
      this.on.backupCall({ lastIncrement: n - 1, lastBackupId, backupId, idArgument: backupId, disks: "0:2" }),
    );
    expectSuccess(result);
    this.points.push({ id: n, source: parseBackupAnswer(result.stdout)?.backupId ?? "" });
  }

  private document(points: readonly Point[], host: string, extra: string): string {
    const increments = points.map(
      ({ id, source }) => `<INCREMENT><ID>${id}</ID><SOURCE>${source}</SOURCE></INCREMENT>`,
    );
    return `<DS_DRIVER_ACTION_DATA><IMAGE><ID>${IMAGE_ID}</ID><VMS><ID>${RSYNC_VM_ID}</ID></VMS><BACKUP_INCREMENTS>${increments.join("")}</BACKUP_INCREMENTS></IMAGE>${datastoreXml(this.on.basePath, { host })}${extra}</DS_DRIVER_ACTION_DATA>`;
  }

  call(keep: number, { points = this.points, host = "localhost" } = {}, sshConfig = ""): DriverCall {
    return {
      action: "datastore/rsync/increment_flatten",
      argv: [String(IMAGE_ID)],
      xml: this.document(points, host, `<EXTRA_DATA><KEEP_LAST>${keep}</KEEP_LAST></EXTRA_DATA>`),
      ...(sshConfig === "" ? {} : { sshConfig }),
    };
  }

  async remove(points: readonly Point[], host = "localhost", sshConfig = ""): Promise<ProcessResult> {
    return await runDriver({
      action: "datastore/rsync/rm",
      argv: [String(IMAGE_ID)],
      xml: this.document(points, host, ""),
      ...(sshConfig === "" ? {} : { sshConfig }),
    });
  }

  /** Restore a disk at the last of `points` and compare with what it must hold; both disks get their turn. */
  async expectRestores(points: readonly Point[]): Promise<void> {
    const last = points.at(-1);
    const [first] = points;
    if (last === undefined || first === undefined) throw new Error("no point");
    for (const disk of [last.id % 2 === 0 ? 0 : 2]) {
      const chain = points.map(({ id, source }) => `${id}:${source}`).join(",");
      const out = path.join(this.on.dir, "out.raw");
      const result = await runDriver({
        action: "downloader/rsync",
        argv: [`rsync://100//${chain}${this.on.vmPath}/${first.source}/disk.${disk}.${first.id}`, out, "raw"],
        xml: `<DS_DRIVER_ACTION_DATA>${datastoreXml(this.on.basePath)}</DS_DRIVER_ACTION_DATA>`,
      });
      expectSuccess(result);
      expect(await sameContent(out, "raw", this.expected(last.id, disk), "raw"), `disk ${disk} at ${last.id}`).toBe(
        true,
      );
      await rm(out);
    }
  }

  async expectAllRestore(points: readonly Point[]): Promise<void> {
    for (const [index] of points.entries()) await this.expectRestores(points.slice(0, index + 1));
  }
}

async function makeChains(sshd: TestSshd, count: number): Promise<Chains> {
  const chains = new Chains(await makeRsyncFixture(sshd.configPath));
  for (let n = 0; n < count; n++) await chains.grow();
  return chains;
}

describe("rsync increment_flatten", () => {
  let sshd: TestSshd;

  beforeAll(async () => {
    sshd = await startSshd(["backup-server", "vm-host"]);
  });
  afterAll(async () => await sshd.stop());

  it("a chain of ten, flattened in the middle, over ssh and here: each point that stays restores", async () => {
    const chains = await makeChains(sshd, POINTS);
    const { on, points } = chains;
    try {
      const first = await runDriver(chains.call(6, { host: "backup-server" }, sshd.configPath));
      expectSuccess(first);
      const answer = parseFlattenAnswer(first.stdout);
      const kept = points.slice(4);
      expect(answer).toMatchObject({ points: kept.map(({ id, source }) => ({ incrementId: id, source })) });
      const manifest = meaningsOf(first).find((meaning) => meaning.kind === "manifest")?.manifest;
      expect(manifest).toMatchObject({ type: "FULL", parentId: -1, incrementId: 4, backupId: kept[0]?.source });
      expect(manifest).not.toHaveProperty("isMerging");
      // Until the core has recorded it, the old chain reads as well.
      await chains.expectRestores(points.slice(0, 7));
      expectSuccess(await chains.remove(points.slice(0, 4), "backup-server", sshd.configPath));
      expect((await readdir(on.vmPath)).sort()).toEqual(kept.map((point) => point.source).sort());
      await chains.expectAllRestore(kept);

      // It goes on: more points, the next flatten here.
      await chains.grow();
      const now = points.slice(4);
      const second = await runDriver(chains.call(3, { points: now }));
      expectSuccess(second);
      expectSuccess(await chains.remove(now.slice(0, 4)));
      await chains.expectAllRestore(points.slice(8));
      expect((await readdir(on.vmPath)).length).toBe(3);
    } finally {
      await on.remove();
    }
  });

  describe("interrupted", () => {
    let chains: Chains;
    beforeEach(async () => {
      chains = await makeChains(sshd, 5);
      return chains.on.remove;
    });

    it.each(["prepared", "merging", "placing", "done"])("killed at step %s", async (step) => {
      const { points, on } = chains;
      const kept = points.slice(2);
      const killed = new AbortController();
      const driver = startDriver({
        ...chains.call(3),
        onLine: (line) => {
          if (!line.startsWith(`INFO: flatten ${step}`)) return;
          if (driver.pid !== undefined) process.kill(driver.pid, "SIGKILL");
          killed.abort();
        },
      });
      expect((await driver.done).ok).toBe(false);
      expect(killed.signal.aborted).toBe(true);
      // What stays can be restored without another call, in the view of the core that knows of no flatten.
      for (const last of [2, 3]) await chains.expectRestores(points.slice(0, last + 1));
      if (step === "prepared") await chains.expectAllRestore(points.slice(0, 2));
      expectSuccess(await runDriver(chains.call(3)));
      expectSuccess(await runDriver(chains.call(3)));
      expectSuccess(await chains.remove(points.slice(0, 2)));
      await chains.expectAllRestore(kept);
      expect((await readdir(on.vmPath)).sort()).toEqual(kept.map((point) => point.source).sort());
    });

    it("an interrupted one is finished with a chain that has grown meanwhile", async () => {
      for (const step of ["merging", "placing"]) {
        const driver = startDriver({
          ...chains.call(3),
          onLine: (line) => {
            if (line.startsWith(`INFO: flatten ${step}`) && driver.pid !== undefined) {
              process.kill(driver.pid, "SIGKILL");
            }
          },
        });
        await driver.done;
        await chains.grow();
        await chains.expectRestores(chains.points);
      }
      const { points } = chains;
      const result = await runDriver(chains.call(3));
      expectSuccess(result);
      expect(parseFlattenAnswer(result.stdout)).toMatchObject({
        points: points.slice(-3).map(({ id, source }) => ({ incrementId: id, source })),
      });
      expectSuccess(await chains.remove(points.slice(0, -3)));
      await chains.expectAllRestore(points.slice(-3));
    });

    it("cancelled while merging: the points that stay are whole, and the next call ends it", async () => {
      const { points } = chains;
      const cancel = new AbortController();
      const result = await runDriver({
        ...chains.call(3, { host: "backup-server" }, sshd.configPath),
        signal: cancel.signal,
        onLine: (line) => {
          if (line.startsWith("INFO: flatten merging")) cancel.abort();
        },
      });
      expect(result.isCancelled).toBe(true);
      await chains.expectRestores(points.slice(0, 3));
      expectSuccess(await runDriver(chains.call(3)));
      await chains.expectRestores(points.slice(2));
    });

    it("a damaged point stops it before anything changes", async () => {
      const { points, on } = chains;
      const file = path.join(on.vmPath, points[1]?.source ?? "", "disk.0.1");
      await writeFile(file, "not qcow2");
      const result = await runDriver(chains.call(3));
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toContain(file);
      expect(meaningsOf(result)).toContainEqual({ kind: "chain-whole" });
      expect(existsSync(path.join(on.vmPath, `.flatten-${IMAGE_ID}.json`))).toBe(false);
      await chains.expectRestores(points.slice(0, 1));
      const manifest = path.join(on.vmPath, points[0]?.source ?? "", "manifest.json");
      expect(Manifest.parse(JSON.parse(await readFile(manifest, "utf8"))).isMerging).toBeUndefined();
    });

    it("a short chain stays, a journal of another version is not touched, the whole image can go", async () => {
      const { on, points } = chains;
      const short = await runDriver(chains.call(5));
      expectSuccess(short);
      expect(short.stdout).toBe("");
      const journal = path.join(on.vmPath, `.flatten-${IMAGE_ID}.json`);
      await writeFile(journal, `{"version":2}`);
      expect(reasonOf(await runDriver(chains.call(3)))).toContain("cannot be understood");
      await rm(journal);
      expectSuccess(await runDriver(chains.call(1)));
      await chains.expectRestores(points);
      // The core recorded it and its rm failed: deleting the image takes what was merged along.
      expectSuccess(await chains.remove(points.slice(4)));
      expect(existsSync(on.vmPath)).toBe(false);
    });
  });
});
