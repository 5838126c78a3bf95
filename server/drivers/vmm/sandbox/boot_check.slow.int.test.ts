import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BootAnswer } from "../../../domain/verification";
import { run } from "../../../lib/process";
import { bootSector } from "../../testing/boot-sector";
import { makeGuestImage } from "../../testing/guest-image";
import { reasonOf, runDriver, startDriver } from "../../testing/run-driver";

describe("boot check", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "strata boot, it's a test "));
  });
  afterAll(async () => await rm(dir, { recursive: true, force: true }));

  /** A folder with one disk whose first sector is `sector`. */
  async function folderWith(name: string, sector: Buffer): Promise<{ folder: string; disk: string }> {
    const folder = path.join(dir, name);
    await mkdir(folder, { mode: 0o700 });
    const raw = path.join(folder, "raw");
    await writeFile(raw, Buffer.concat([sector, Buffer.alloc(1024 * 1024 - sector.length)]));
    const disk = path.join(folder, "disk");
    const made = await run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, disk], { timeoutMs: 20_000 });
    expect(made.ok).toBe(true);
    await rm(raw);
    return { folder, disk };
  }
  const vmXml = (os = "", disk = "<TARGET>vda</TARGET>") =>
    `<VM><ID>1</ID><TEMPLATE><MEMORY>128</MEMORY><OS>${os}</OS><DISK><DISK_ID>0</DISK_ID>${disk}</DISK></TEMPLATE></VM>`;
  const call = (folder: string, disk: string, seconds: number, xml: string) => ({
    action: "vmm/sandbox/boot_check",
    argv: [folder, String(seconds), path.join(dir, "kernels"), `0:${disk}`],
    xml,
  });
  async function check(folder: string, disk: string, seconds: number, xml: string): Promise<BootAnswer> {
    const result = await runDriver(call(folder, disk, seconds, xml));
    expect(`${result.exitCode} ${reasonOf(result)}`).toBe("0 ");
    return BootAnswer.parse(JSON.parse(result.stdout));
  }
  /** A FAT file system with `loader` where UEFI looks for one. */
  async function makeEfiDisk(folder: string, loader: string): Promise<string> {
    const [raw, disk] = [path.join(folder, "raw"), path.join(folder, "disk")];
    await writeFile(raw, Buffer.alloc(40 * 1024 * 1024));
    for (const argv of [
      ["mkfs.vfat", raw],
      ["mmd", "-i", raw, "::EFI", "::EFI/BOOT"],
      ["mcopy", "-i", raw, loader, "::EFI/BOOT/BOOTX64.EFI"],
      ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, disk],
    ] as const) {
      const made = await run(argv, { timeoutMs: 30_000 });
      expect(made.stderr).toBe("");
    }
    await rm(raw);
    return disk;
  }
  const processesHere = async () => (await run(["pgrep", "-f", "--", dir], { timeoutMs: 10_000 })).stdout.trim();

  it.each([
    ["pc", "vda"],
    ["pc", "hda"],
    ["q35", "sda"],
  ])("a boot loader is seen on its console, and the disk is not written (%s, %s)", async (machine, target) => {
    const { folder, disk } = await folderWith(`alive-${machine}-${target}`, bootSector());
    const before = await readFile(disk);
    const answer = await check(folder, disk, 60, vmXml(`<MACHINE>${machine}</MACHINE>`, `<TARGET>${target}</TARGET>`));
    expect(answer).toMatchObject({ verdict: "alive", console: "STRATA", screenshot: "screen.png" });
    expect(answer.detail).toContain("6 bytes came on the serial console");
    expect((await readFile(disk)).equals(before)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(["disk", "screen.png"]);
    const png = await readFile(path.join(folder, "screen.png"));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([720, 400]);
  });

  it("a disk without a boot loader is silent, with a picture of what the firmware says", async () => {
    const { folder, disk } = await folderWith("silent", Buffer.alloc(512));
    const answer = await check(folder, disk, 16, vmXml());
    expect(answer).toMatchObject({ verdict: "silent", console: "", screenshot: "screen.png" });
    expect(answer.detail).toContain("No sign of life");
    expect(existsSync(path.join(folder, "screen.png"))).toBe(true);
  });

  it("a real kernel is seen; it is taken from the folder of kernels alone", async () => {
    const { folder, disk } = await folderWith("kernel", Buffer.alloc(512));
    const xml = vmXml(
      "<KERNEL>/somewhere/vmlinuz</KERNEL><INITRD>/somewhere/initrd.gz</INITRD><KERNEL_CMD>console=ttyS0 panic=-1</KERNEL_CMD>",
    );
    await mkdir(path.join(dir, "kernels"), { recursive: true });
    const refused = await runDriver(call(folder, disk, 30, xml));
    expect(refused.exitCode).toBe(1);
    expect(reasonOf(refused)).toContain("Put that file into");
    const guest = await makeGuestImage(path.join(dir, "guest"));
    await copyFile(guest.kernel, path.join(dir, "kernels", "vmlinuz"));
    await copyFile(guest.initrd, path.join(dir, "kernels", "initrd.gz"));
    const answer = await check(folder, disk, 90, xml);
    expect(answer.verdict).toBe("alive");
    expect(answer.console).toMatch(/Linux version|READY/);
    expect(answer.detail).toContain("the kernel from outside the disks runs");
  });

  it.each([
    ["pc", "vda"],
    ["q35", "sda"],
  ])(
    "a kernel on an EFI disk is started by UEFI, with variables that are thrown away (%s, %s)",
    async (type, target) => {
      const folder = path.join(dir, `uefi-${type}`);
      await mkdir(folder, { mode: 0o700 });
      const disk = await makeEfiDisk(folder, (await makeGuestImage(path.join(dir, `guest-${type}`))).kernel);
      const os = `<FIRMWARE>UEFI</FIRMWARE><MACHINE>${type}</MACHINE>`;
      const answer = await check(folder, disk, 150, vmXml(os, `<TARGET>${target}</TARGET>`));
      expect(answer.detail).toContain("UEFI started a boot loader from a disk");
      expect(answer).toMatchObject({ verdict: "alive", bootSeconds: expect.any(Number) });
      expect((await readdir(folder)).sort()).toEqual(["disk", "screen.png"]);
    },
  );

  it("UEFI alone, with its shell, is no sign of life", async () => {
    const { folder, disk } = await folderWith("uefi-silent", Buffer.alloc(512));
    const answer = await check(folder, disk, 40, vmXml("<FIRMWARE>UEFI</FIRMWARE>"));
    expect(answer).toMatchObject({ verdict: "silent", bootSeconds: null });
    expect(answer.console).toContain("BdsDxe");
  });

  it("a machine that cannot be started here is refused", async () => {
    const { folder, disk } = await folderWith("refused", Buffer.alloc(512));
    const result = await runDriver(call(folder, disk, 10, vmXml("<ARCH>aarch64</ARCH>")));
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toContain("aarch64");
  });

  it("has no network, no rights and no other device while it runs, and SIGTERM ends it", async () => {
    const { folder, disk } = await folderWith("cancelled", Buffer.alloc(512));
    const stop = new AbortController();
    const child = startDriver({ ...call(folder, disk, 100, vmXml()), signal: stop.signal });
    const qemu = async () => {
      const found = await run(["pgrep", "-x", "-f", "--", `qemu-system-x86_64 .*${folder.replaceAll("'", ".")}.*`], {
        timeoutMs: 10_000,
      });
      return found.stdout.trim().split("\n")[0] ?? "";
    };
    try {
      let pid = "";
      await vi.waitFor(
        async () => {
          pid = await qemu();
          const status = await readFile(`/proc/${pid}/status`, "utf8");
          expect(status).toMatch(/Seccomp:\s+2/);
          // The screen is dumped once QEMU has started, inside its jail and with its own rights.
          expect(existsSync(path.join(folder, "jail", "screen.ppm"))).toBe(true);
          if (process.getuid?.() === 0) expect(status).toMatch(/Uid:\s+65113\s+65113/);
        },
        { timeout: 30_000, interval: 100 },
      );
      const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
      expect(command.join(" ")).toContain("-nodefaults -nic none");
      if (process.getuid?.() === 0) {
        const routes = await readFile(`/proc/${pid}/net/dev`, "utf8");
        expect(routes.split("\n").filter((line) => line.includes(":"))).toEqual([expect.stringContaining("lo:")]);
      }
    } finally {
      stop.abort();
    }
    expect((await child.done).exitCode).toBe(143);
    await vi.waitFor(async () => expect(await processesHere()).toBe(""), { timeout: 15_000, interval: 100 });
  });
});
