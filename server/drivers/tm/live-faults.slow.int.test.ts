import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { tool } from "../testing/disks";
import type { Guest } from "../testing/guest";
import { type GuestImage, makeGuestImage } from "../testing/guest-image";
import { type HeldProgram, holdProgram } from "../testing/held-programs";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../testing/libvirtd";
import { DOMAIN, type LiveBackup, type LiveVm, makeLiveVm } from "../testing/live-vm";
import { reasonOf, runDriver, startDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";

/** The guard needs a moment to notice, libvirt one to end a job. */
const BACK_WITHIN_MS = 20_000;
const FILE_SYSTEM_MB = 128;

const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`faults during a live backup${reason === null ? "" : ` (${reason})`}`, () => {
  let mount: string;
  let libvirtd: TestLibvirtd;
  let sshd: TestSshd;
  let image: GuestImage;
  let vm: LiveVm;
  let guest: Guest;

  beforeAll(async () => {
    // Mounted before libvirtd starts: it sees what was there.
    mount = await mkdtemp(path.join(tmpdir(), "strata-small-"));
    await tool("mount", "-t", "tmpfs", "-o", `size=${FILE_SYSTEM_MB}m`, "strata-test", mount);
    libvirtd = await startLibvirtd();
    sshd = await startSshd(["hv1"], { LIBVIRT_DEFAULT_URI: libvirtd.uri });
    image = await makeGuestImage(libvirtd.dir);
    // One guest for all faults: surviving the ones before is a part of the test.
    vm = await makeLiveVm({ libvirtd, image, sshConfig: sshd.configPath, root: path.join(mount, "0") });
    guest = await vm.boot();
  });
  afterAll(async () => {
    await guest.destroy();
    await vm.remove();
    await sshd.stop();
    await libvirtd.stop();
    await tool("umount", "-l", mount);
    await rm(mount, { recursive: true, force: true });
  });

  const hold = async (program: string, word: string): Promise<HeldProgram> =>
    await holdProgram(path.join(libvirtd.dir, `held-${Math.random().toString(36).slice(2)}`), program, word);
  const full = (more: Partial<LiveBackup> = {}): LiveBackup => ({ isLive: true, parentId: -1, ...more });

  /** I3 and I4: the guest runs and writes, libvirt has no job, and nothing of the backup is left. */
  async function expectBack(): Promise<void> {
    await vi.waitFor(
      async () => {
        expect((await libvirtd.virsh("domstate", DOMAIN)).trim()).toBe("running");
        expect((await libvirtd.tryVirsh("backup-dumpxml", DOMAIN)).ok).toBe(false);
        expect((await readdir(vm.vmDir)).filter((name) => name === "backup.live")).toEqual([]);
      },
      { timeout: BACK_WITHIN_MS, interval: 100 },
    );
    await guest.writes(2);
    expect((await readdir(tmpdir())).filter((name) => /^strata-[0-9a-f]{24}$/.test(name))).toEqual([]);
  }

  /** The next backups are as good as if nothing had been. */
  async function expectNextBackups(host = "localhost"): Promise<void> {
    await vm.backUp({ ...full(), host });
    await guest.writes(3);
    await vm.backUp({ ...full({ parentId: 0 }), host });
    expect(await vm.recordAt(1)).toBeGreaterThan(await vm.recordAt(0));
  }

  it.each(["localhost", "hv1"])("the driver is killed with -9 while the guest is suspended (%s)", async (host) => {
    // On hv1 virsh is that of the session, so the driver is stopped at what it starts itself: the guard does the rest.
    const held = await hold("/usr/bin/virsh", "backup-begin");
    const call = vm.call(full({ host, fsFreeze: "SUSPEND", ...(host === "localhost" ? { pathFirst: held.dir } : {}) }));
    let isCopying = () => {};
    const copying = new Promise<void>((resolve) => {
      isCopying = resolve;
    });
    const child = startDriver({
      ...call,
      onLine: (line) => {
        if (line.startsWith("INFO: frozen")) isCopying();
      },
    });
    if (host === "localhost") {
      await held.reached();
      expect((await libvirtd.virsh("domstate", DOMAIN)).trim()).toBe("paused");
    } else {
      await Promise.race([copying, child.done]);
    }
    process.kill(child.pid ?? Number.NaN, "SIGKILL");
    expect((await child.done).signal).toBe("SIGKILL");
    await held.release();
    await expectBack();
    await expectNextBackups(host);
  });

  it("cancelled in the middle of a full: the guest never notices, nothing is left", async () => {
    const held = await hold("/usr/bin/qemu-img", "convert");
    const abort = new AbortController();
    const running = runDriver(vm.call(full({ pathFirst: held.dir, signal: abort.signal })));
    await held.reached();
    await guest.writes(2);
    abort.abort();
    expect(await running).toMatchObject({ isCancelled: true, exitCode: 143 });
    expect((await readdir(vm.vmDir)).sort()).toEqual(["disk.0", "disk.1"]);
    await expectBack();
    await expectNextBackups();
  });

  it("libvirtd is killed and starts again in the middle of a full: the backup ends well", async () => {
    const held = await hold("/usr/bin/qemu-img", "convert");
    const running = runDriver(vm.call(full({ pathFirst: held.dir })));
    await held.reached();
    await libvirtd.restart();
    await held.release();
    const result = await running;
    expect([result.exitCode, reasonOf(result)]).toEqual([0, ""]);
    await expectBack();
  });

  it("QEMU is killed in the middle: the backup fails, and the next is a full because the bitmaps are broken", async () => {
    await vm.backUp(full());
    const held = await hold("/usr/bin/qemu-img", "convert");
    const running = runDriver(vm.call(full({ mode: "FULL", pathFirst: held.dir })));
    await held.reached();
    const pid = await libvirtd.qemuPid(DOMAIN);
    process.kill(pid ?? Number.NaN, "SIGKILL");
    const result = await running;
    await held.release();
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toMatch(/went away|does not run/);
    expect((await readdir(vm.vmDir)).sort()).toEqual(["disk.0", "disk.1"]);
    await guest.destroy();
    guest = await vm.boot();
    await guest.writes(1);
    const increment = await runDriver(vm.call(full({ parentId: 0 })));
    // A bitmap that was loaded is left "in use", one that QEMU made itself was never written.
    expect(increment.stderr).toMatch(/chain-reset bitmap one-7-0 of disk 0 is (broken|missing)/);
    await expectNextBackups();
  });

  it("the disk of the host runs full: the guest goes on, and the backup fails with a sentence", async () => {
    const held = await hold("/usr/bin/qemu-img", "convert");
    const running = runDriver(vm.call(full({ pathFirst: held.dir })));
    await held.reached();
    const filler = path.join(mount, "filler");
    await tool("bash", "-c", 'dd if=/dev/zero of="$1" bs=64k status=none || :', "fill", filler);
    const result = await running;
    await held.release();
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toMatch(/almost full|is full/);
    await rm(filler);
    await expectBack();
    await expectNextBackups();
  });

  it("a backup of another program is neither ended nor disturbed", async () => {
    const work = path.join(libvirtd.dir, "foreign");
    await mkdir(work, { recursive: true });
    const xml = `<domainbackup mode='pull'><server transport='unix' socket='${work}/s'/><disks><disk name='vda' backup='yes' type='file'><scratch file='${work}/scratch'/></disk></disks></domainbackup>`;
    await writeFile(path.join(work, "b.xml"), xml);
    await libvirtd.virsh("backup-begin", DOMAIN, path.join(work, "b.xml"));
    const result = await runDriver(vm.call(full({ fsFreeze: "SUSPEND" })));
    expect([result.exitCode, reasonOf(result)]).toEqual([1, expect.stringContaining("another job runs")]);
    expect(result.stderr).not.toContain("frozen");
    expect(await libvirtd.virsh("backup-dumpxml", DOMAIN)).toContain(work);
    await libvirtd.virsh("domjobabort", DOMAIN);
    await expectBack();
  });
});
