import { existsSync } from "node:fs";
import { chmod, link, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { childEnv } from "../../../lib/env";
import { run, start } from "../../../lib/process";
import { BASH } from "../../../lib/ssh";
import { expectSuccess } from "../../conformance";
import { sameContent } from "../../testing/chain-fixture";
import { tempDir, tool } from "../../testing/disks";
import { datastoreXml, makeRsyncFixture, RSYNC_VM_ID, type RsyncFixture } from "../../testing/rsync-fixture";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";
import { PREPARE_SCRIPT, SETTLE_SCRIPT, SWAP_SCRIPT } from "./scripts";

const IMAGE_ID = 55;

describe("restore in place", () => {
  let sshd: TestSshd;
  let on: RsyncFixture;
  let ids: string[];
  let vmDir: string;

  beforeAll(async () => {
    sshd = await startSshd(["backup-server", "vm-host"]);
  });
  afterAll(async () => await sshd.stop());
  beforeEach(async () => {
    on = await makeRsyncFixture(sshd.configPath);
    ids = await on.storeChain();
    vmDir = path.join(on.dir, "0", String(RSYNC_VM_ID));
    await mkdir(vmDir, { recursive: true });
    return on.remove;
  });

  const disk = () => path.join(vmDir, "disk.0");

  function call(
    options: {
      tm?: string;
      host?: string;
      points?: number;
      format?: string;
      restoreId?: string;
      action?: string;
      diskId?: number;
      urls?: string;
      sizes?: string;
      repositoryHost?: string;
    } = {},
  ) {
    const { points = 3, format = "qcow2", diskId = -1 } = options;
    const urls = options.urls ?? JSON.stringify({ 0: on.url(ids.slice(0, points)) });
    const vm = `<VM><ID>${RSYNC_VM_ID}</ID><TEMPLATE><DISK><DISK_ID>0</DISK_ID><FORMAT>${format}</FORMAT></DISK></TEMPLATE></VM>`;
    const extra = `<EXTRA_DATA><RESTORE_ID>${options.restoreId ?? "restore-1"}</RESTORE_ID><URLS>${urls}</URLS><SIZES>${options.sizes ?? ""}</SIZES></EXTRA_DATA>`;
    const datastore = datastoreXml(on.basePath, { host: options.repositoryHost ?? "localhost" });
    return {
      action: `tm/${options.tm ?? "ssh"}/${options.action ?? "restore"}`,
      argv: [
        `${options.host ?? "localhost"}:${vmDir}`,
        String(RSYNC_VM_ID),
        String(IMAGE_ID),
        String(points - 1),
        String(diskId),
      ],
      xml: `<DS_DRIVER_ACTION_DATA>${datastore}${vm}<IMAGE><ID>${IMAGE_ID}</ID></IMAGE>${extra}</DS_DRIVER_ACTION_DATA>`,
      sshConfig: sshd.configPath,
    };
  }

  async function makeOld(file = disk()): Promise<void> {
    await tool("qemu-img", "create", "-q", "-f", "qcow2", file, "96M");
    await tool("qemu-io", "-f", "qcow2", "-c", "write -P 0xee 0 3M", file);
  }

  it.each([
    ["ssh", "localhost", "localhost", [1, 2, 3]],
    ["shared", "localhost", "backup-server", [2]],
    ["qcow2", "vm-host", "localhost", [1]],
    ["ssh", "vm-host", "backup-server", [3]],
  ])("puts points back: tm %s on %s, repository on %s, %j points", async (tm, host, repositoryHost, chains) => {
    for (const points of chains) {
      await makeOld();
      await chmod(disk(), 0o640);
      const result = await runDriver(call({ tm, host, repositoryHost, points, restoreId: `restore-${points}` }));
      expectSuccess(result);
      expect(await sameContent(disk(), "qcow2", on.chain.expected(points - 1), "raw")).toBe(true);
      expect((await stat(disk())).mode & 0o777).toBe(0o640);
      expect((await readdir(vmDir)).sort()).toEqual(["disk.0", "restored"]);
      expect(meaningsOf(result)).toContainEqual(
        expect.objectContaining({ kind: "disk", disk: expect.objectContaining({ virtualSize: 64 * 1024 ** 2 }) }),
      );
    }
  });

  it("a raw disk stays raw, and a disk that was lost comes back", async () => {
    expectSuccess(await runDriver(call({ format: "raw", points: 2 })));
    expect(await sameContent(disk(), "raw", on.chain.expected(1), "raw")).toBe(true);
  });

  it("a linked disk is replaced where it is; the link stays", async () => {
    const registered = path.join(on.dir, "the file's own place.qcow2");
    await makeOld(registered);
    await symlink(registered, disk());
    expectSuccess(await runDriver(call()));
    expect(await readlink(disk())).toBe(registered);
    expect(await sameContent(registered, "qcow2", on.chain.expected(2), "raw")).toBe(true);
    expect((await readdir(on.dir)).filter((name) => name.includes("strata"))).toEqual([]);
  });

  it("a disk with snapshots becomes a plain one, and its snapshot folder goes", async () => {
    await mkdir(path.join(vmDir, "disk.0.snap"));
    await makeOld(path.join(vmDir, "disk.0.snap", "1"));
    await symlink("disk.0.snap/1", disk());
    expectSuccess(await runDriver(call()));
    expect(await sameContent(disk(), "qcow2", on.chain.expected(2), "raw")).toBe(true);
    expect((await readdir(vmDir)).sort()).toEqual(["disk.0", "restored"]);
  });

  it("asks the driver of the backup datastore for the URLs when the core gives none", async () => {
    await makeOld();
    const { xml, ...rest } = call({ urls: "none" });
    const document = xml
      .replace(/<URLS>.*<\/URLS>/, "")
      .replace("<TEMPLATE><RSYNC_HOST>", "<DS_MAD>rsync</DS_MAD><TEMPLATE><RSYNC_HOST>")
      .replace(
        `<IMAGE><ID>${IMAGE_ID}</ID>`,
        `<IMAGE><ID>${IMAGE_ID}</ID><BACKUP_INCREMENTS>${ids.map((id, index) => `<INCREMENT><ID>${index}</ID><SOURCE>${id}</SOURCE></INCREMENT>`).join("")}</BACKUP_INCREMENTS>`,
      );
    expectSuccess(await runDriver({ ...rest, xml: document }));
    expect(await sameContent(disk(), "qcow2", on.chain.expected(2), "raw")).toBe(true);
  });

  it("repeated after its answer was lost, it copies nothing", async () => {
    await makeOld();
    expectSuccess(await runDriver(call()));
    await tool("qemu-io", "-f", "qcow2", "-c", "write -P 0x99 0 64k", disk());
    const again = await runDriver(call());
    expectSuccess(again);
    expect(again.stderr).toContain("carried out already");
    expect(await sameContent(disk(), "qcow2", on.chain.expected(2), "raw")).toBe(false);
    expect((await runDriver(call({ action: "postrestore" }))).stdout.trim()).toBe("restored");
    expect((await runDriver(call({ action: "postrestore", restoreId: "other" }))).stdout.trim()).toBe("unchanged");
  });

  it.each(["localhost", "vm-host"])("a failure leaves the disk as it was, and nothing beside it (%s)", async (host) => {
    await makeOld();
    const before = await readFile(disk());
    await rm(path.join(on.vmPath, ids[1] ?? "", "disk.0.1"));
    const broken = await runDriver(call({ host }));
    expect(reasonOf(broken)).toContain("is missing");
    const full = await runDriver(call({ host, points: 1, sizes: `{"0":${2 ** 50}}` }));
    expect(reasonOf(full)).toContain("Not enough space");
    expect(reasonOf(await runDriver(call({ host, diskId: 3 })))).toContain("Disk 3 is not part of the backup");
    expect((await readFile(disk())).equals(before)).toBe(true);
    expect(await readdir(vmDir)).toEqual(["disk.0"]);
  });

  it("a file system that runs full in the copy: the old disk stays, and nothing beside it", async ({ skip }) => {
    const mounted = await run(["mount", "-t", "tmpfs", "-o", "size=10m", "strata-test", vmDir], { timeoutMs: 10_000 });
    if (!mounted.ok) return skip("mounting a tmpfs needs root");
    try {
      await makeOld();
      const before = await readFile(disk());
      // The core's figure is too small, as when somebody else fills the disk meanwhile.
      const result = await runDriver(call({ sizes: '{"0":1000}' }));
      expect(reasonOf(result)).toContain("no space left");
      expect((await readFile(disk())).equals(before)).toBe(true);
      expect(await readdir(vmDir)).toEqual(["disk.0"]);
    } finally {
      await run(["umount", vmDir], { timeoutMs: 10_000 });
    }
  });

  it("a disk that another program has open is not replaced", async () => {
    await makeOld();
    const holder = start(["qemu-nbd", "--socket", path.join(on.dir, "hold"), "-f", "qcow2", "--persistent", disk()], {
      timeoutMs: 60_000,
    });
    try {
      await vi.waitFor(() => expect(existsSync(path.join(on.dir, "hold"))).toBe(true), { timeout: 10_000 });
      const result = await runDriver(call());
      expect(reasonOf(result)).toContain("another program holds it");
      expect(await readdir(vmDir)).toEqual(["disk.0"]);
    } finally {
      process.kill(holder.pid ?? Number.NaN, "SIGTERM");
      await holder.done;
    }
  });

  it.each(["localhost", "vm-host"])(
    "SIGTERM in the copy and kill -9 in the copy leave the old disk (%s)",
    async (host) => {
      await makeOld();
      const before = await readFile(disk());
      /** A line of the download means that the copy has begun. */
      const begun = async (restoreId: string, signal?: AbortSignal) => {
        let heard = () => {};
        const first = new Promise<void>((resolve) => {
          heard = resolve;
        });
        const child = startDriver({
          ...call({ host, restoreId }),
          onLine: () => heard(),
          ...(signal === undefined ? {} : { signal }),
        });
        await Promise.race([first, child.done]);
        return child;
      };
      const stop = new AbortController();
      const cancelled = await begun("cancelled", stop.signal);
      stop.abort();
      expect((await cancelled.done).exitCode).toBe(143);
      expect(await readdir(vmDir)).toEqual(["disk.0"]);

      const killed = await begun("killed");
      process.kill(killed.pid ?? Number.NaN, "SIGKILL");
      await killed.done;
      expect((await readFile(disk())).equals(before)).toBe(true);
      expectSuccess(await runDriver(call({ host, restoreId: "killed" })));
      expect(await sameContent(disk(), "qcow2", on.chain.expected(2), "raw")).toBe(true);
      expect((await readdir(vmDir)).sort()).toEqual(["disk.0", "restored"]);
    },
  );

  it("refuses a folder of another VM, a document of another VM and hostile words", async () => {
    const good = call();
    const withArgv = (index: number, word: string) => ({
      ...good,
      argv: good.argv.map((old, at) => (at === index ? word : old)),
    });
    expect(reasonOf(await runDriver(withArgv(0, `localhost:${path.dirname(vmDir)}/8`)))).toContain("not the folder");
    expect(reasonOf(await runDriver(withArgv(0, `localhost:${vmDir}/../../etc`)))).toContain("not a path");
    expect(reasonOf(await runDriver(withArgv(4, "0;reboot")))).toContain("not a disk id");
    expect(reasonOf(await runDriver({ ...good, xml: good.xml.replace("<VM><ID>9", "<VM><ID>8") }))).toContain("VM 9");
    const scheme = call({ urls: '{"0":"../../../bin/sh://x"}' });
    expect(reasonOf(await runDriver(scheme))).toContain("cannot be read");
    const away = call({ urls: JSON.stringify({ 0: on.url(ids).replace(on.basePath, "/etc") }) });
    expect(reasonOf(await runDriver(away))).toContain("outside the datastore");
  });
});

/**
 * The swap, killed between any two programs it runs, for two disks: one is a file, one a link. Whatever follows, both
 * are old or both are new, and nothing is left beside them.
 */
describe("the swap of two disks, killed at every step", () => {
  const PROGRAMS = ["mv", "ln", "rm", "sync", "chown", "chmod"];
  let place: Awaited<ReturnType<typeof tempDir>>;
  let vmDir: string;
  let shims: string;

  beforeAll(async () => {
    place = await tempDir("swap's $(place) ");
    shims = path.join(place.dir, "shims");
    await mkdir(shims);
    for (const program of PROGRAMS) {
      const real = (await tool("which", program)).trim();
      await writeFile(
        path.join(shims, program),
        `#!/bin/bash\nn=$(($(cat "$SHIMS/n") + 1)); echo "$n" >"$SHIMS/n"\n` +
          `if [ "$n" = "$KILL_BEFORE" ]; then kill -9 "$PPID"; exit 1; fi\n${real} "$@"; code=$?\n` +
          `if [ "$n" = "$KILL_AFTER" ]; then kill -9 "$PPID"; fi\nexit $code\n`,
        { mode: 0o755 },
      );
    }
  });
  afterAll(() => place.remove());

  async function prepareDisks(): Promise<void> {
    await rm(path.join(place.dir, "0"), { recursive: true, force: true });
    vmDir = path.join(place.dir, "0", "7");
    await mkdir(vmDir, { recursive: true });
    const linked = path.join(place.dir, "0", "linked disk");
    await writeFile(path.join(vmDir, "disk.0"), "old 0");
    await writeFile(linked, "old 1");
    await symlink(linked, path.join(vmDir, "disk.1"));
    await writeFile(path.join(vmDir, "disk.0.strata-new"), "new 0");
    await writeFile(`${linked}.strata-new`, "new 1");
  }

  async function script(text: string, id: string, kill: { before?: number; after?: number } = {}) {
    await writeFile(path.join(shims, "n"), "0");
    const { PATH = "", ...rest } = childEnv();
    const env = {
      ...rest,
      PATH: `${shims}:${PATH}`,
      SHIMS: shims,
      KILL_BEFORE: String(kill.before ?? -1),
      KILL_AFTER: String(kill.after ?? -1),
    };
    const result = await run([...BASH, text, "strata", vmDir, id, "0", "1"], { env, timeoutMs: 20_000 });
    return { ...result, calls: Number(await readFile(path.join(shims, "n"), "utf8")) };
  }

  const contents = async () => await Promise.all([0, 1].map((id) => readFile(path.join(vmDir, `disk.${id}`), "utf8")));
  const leftovers = async () =>
    [...(await readdir(vmDir)), ...(await readdir(path.dirname(vmDir)))].filter(
      (name) => name.includes("strata") || (name.startsWith("restore") && name !== "restored"),
    );

  it("goes forward when repeated, and back when taken back", async () => {
    await prepareDisks();
    const whole = await script(SWAP_SCRIPT, "r1");
    expect(whole.ok).toBe(true);
    expect(await contents()).toEqual(["new 0", "new 1"]);
    // Killed after one program is killed before the next: nothing but these programs changes a file.
    const moments = [{ before: 1 }, ...Array.from({ length: whole.calls }, (_, index) => ({ after: index + 1 }))];
    for (const kill of moments) {
      const told = JSON.stringify(kill);
      await prepareDisks();
      expect((await script(SWAP_SCRIPT, "r1", kill)).ok, told).toBe(false);
      const each = await contents();
      for (const [index, text] of each.entries()) expect([`old ${index}`, `new ${index}`], told).toContain(text);
      const state = (await script(PREPARE_SCRIPT, "r1")).stdout.split("\n")[0];
      const isForward = state === "restored";
      expect(await contents(), told).toEqual(isForward ? ["new 0", "new 1"] : ["old 0", "old 1"]);
      expect(await leftovers(), told).toEqual([]);

      await prepareDisks();
      await script(SWAP_SCRIPT, "r1", kill);
      const settled = (await script(SETTLE_SCRIPT, "r1")).stdout.trim();
      expect(["restored", "unchanged"], told).toContain(settled);
      expect(await contents(), told).toEqual(settled === "restored" ? ["new 0", "new 1"] : ["old 0", "old 1"]);
      expect(await leftovers(), told).toEqual([]);
    }
  });

  it("a swap that is taken back never goes forward again, wherever that is killed", async () => {
    /** Killed in the middle of the swap: one disk is new, one is old. */
    const halfSwapped = async () => {
      await prepareDisks();
      await writeFile(path.join(vmDir, "restore.swap"), "r1\n0\n1\n");
      await link(path.join(vmDir, "disk.0"), path.join(vmDir, "disk.0.strata-old"));
      await tool("mv", "-f", path.join(vmDir, "disk.0.strata-new"), path.join(vmDir, "disk.0"));
      expect(await contents()).toEqual(["new 0", "old 1"]);
    };
    await halfSwapped();
    const whole = await script(SETTLE_SCRIPT, "r1");
    expect(whole.stdout.trim()).toBe("unchanged");
    expect(await contents()).toEqual(["old 0", "old 1"]);
    for (let n = 1; n <= whole.calls; n++) {
      await halfSwapped();
      await script(SETTLE_SCRIPT, "r1", { after: n });
      if (existsSync(path.join(vmDir, "restore.swap"))) continue; // killed before it began
      expect((await script(PREPARE_SCRIPT, "r1")).stdout.split("\n")[0]).toBe("ready");
      expect(await contents(), `after ${n}`).toEqual(["old 0", "old 1"]);
      expect(await leftovers(), `after ${n}`).toEqual([]);
    }
    // A restore of another time does not finish what this one has begun.
    await halfSwapped();
    expect((await script(PREPARE_SCRIPT, "r2")).stdout.split("\n")[0]).toBe("ready");
    expect(await contents()).toEqual(["old 0", "old 1"]);
  });
});
