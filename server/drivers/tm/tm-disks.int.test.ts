import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProcessResult } from "../../lib/process";
import { change, fileName, isSameContent, makeDisk, tool } from "../testing/disks";
import { reasonOf, runDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";
import { MIB, makeVm, type TestVm, VM_ID } from "../testing/test-vm";

let sshd: TestSshd;
let vm: TestVm;

beforeAll(async () => {
  sshd = await startSshd(["hv1"]);
});
afterAll(async () => {
  await sshd.stop();
});
beforeEach(async () => {
  vm = await makeVm(sshd.configPath);
});
afterEach(async () => {
  await vm.remove();
});

describe.each(["localhost", "hv1"])("disks of a new VM on %s", (host) => {
  async function act(driver: string, action: string, ...argv: string[]): Promise<ProcessResult> {
    return await runDriver({ action: `tm/${driver}/${action}`, argv, sshConfig: vm.sshConfig });
  }
  const vmId = String(VM_ID);

  it.each(["ssh", "shared"])("%s clone is a full, independent, sparse copy and can be repeated", async (driver) => {
    const image = path.join(vm.dir, "datastores/1/image");
    await makeDisk(image, 512 * MIB);
    await change(image, "write -P 5 3M 2M", "write -P 6 100M 64k");
    const raw = path.join(vm.dir, "datastores/1/raw");
    await tool("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw);
    for (const [id, source, format] of [
      [0, image, "qcow2"],
      [1, raw, "raw"],
      [0, image, "qcow2"],
    ] as const) {
      const result = await act(driver, "clone", `front:${source}`, `${host}:${vm.diskFile(id)}`, vmId, "1");
      expect(reasonOf(result)).toBe("");
      expect(await isSameContent(fileName(vm.diskFile(id), format), fileName(source, format))).toBe(true);
    }
    expect((await stat(vm.diskFile(1))).blocks * 512).toBeLessThan(16 * MIB);
    expect((await readdir(vm.vmDir)).sort()).toEqual(["disk.0", "disk.1"]);
  });

  it("ln makes a link where the image is visible, a copy with ssh", async () => {
    const image = path.join(vm.dir, "datastores/1/image");
    await makeDisk(image, MIB);
    for (const [driver, isLink] of [
      ["qcow2", true],
      ["shared", true],
      ["ssh", false],
    ] as const) {
      const result = await act(driver, "ln", `front:${image}`, `${host}:${vm.diskFile(0)}`, vmId, "1");
      expect(reasonOf(result)).toBe("");
      expect((await lstat(vm.diskFile(0))).isSymbolicLink()).toBe(isLink);
      if (isLink) expect(await readlink(vm.diskFile(0))).toBe(image);
      await tool("rm", vm.diskFile(0));
    }
  });

  it.each(["qcow2", "shared", "ssh"])("%s clone refuses an image that refers to another file", async (driver) => {
    const image = path.join(vm.dir, "datastores/1/image");
    await makeDisk(image, MIB);
    await tool("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", image);
    const result = await act(driver, "clone", `front:${image}`, `${host}:${vm.diskFile(0)}`, vmId, "1");
    expect([result.exitCode, reasonOf(result)]).toEqual([1, expect.stringContaining("backing file")]);
    expect(existsSync(vm.diskFile(0))).toBe(false);
  });

  it.each(["qcow2", "raw"])("mkimage makes an empty %s disk", async (format) => {
    const result = await act("ssh", "mkimage", "8", format, `${host}:${vm.diskFile(2)}`, vmId, "0");
    expect(reasonOf(result)).toBe("");
    const info = await tool("qemu-img", "info", "-f", format, vm.diskFile(2));
    expect(info).toContain(`virtual size: 8 MiB (${8 * MIB} bytes)`);
  });

  it("delete removes a disk or the folder, missing is fine, links are not followed", async () => {
    const precious = path.join(vm.dir, "precious");
    await mkdir(precious);
    await writeFile(path.join(precious, "data"), "keep");
    await makeDisk(vm.diskFile(0), MIB);
    await makeDisk(vm.diskFile(1), MIB);
    await symlink(path.join(precious, "data"), vm.diskFile(2));
    await symlink(precious, path.join(vm.vmDir, "folder"));
    for (const target of [vm.diskFile(0), vm.diskFile(0), vm.diskFile(2)]) {
      expect(reasonOf(await act("ssh", "delete", `${host}:${target}`, vmId, "0"))).toBe("");
    }
    expect((await readdir(vm.vmDir)).sort()).toEqual(["disk.1", "folder"]);
    for (let again = 0; again < 2; again += 1) {
      expect((await act("ssh", "delete", `${host}:${vm.vmDir}`, vmId, "0")).exitCode).toBe(0);
    }
    expect(existsSync(vm.vmDir)).toBe(false);
    await symlink(precious, vm.vmDir);
    expect((await act("ssh", "delete", `${host}:${vm.diskFile(0)}`, vmId, "0")).exitCode).toBe(1);
    expect((await act("ssh", "delete", `${host}:${vm.vmDir}`, vmId, "0")).exitCode).toBe(0);
    expect(await readFile(path.join(precious, "data"), "utf8")).toBe("keep");
  });

  it("refuses paths that are not a VM's", async () => {
    const data = path.join(vm.dir, "datastores");
    await mkdir(data, { recursive: true });
    for (const target of [
      data,
      "/",
      `${data}/0/8`,
      `${data}/0/7/..`,
      `${data}/0/7/disk.x`,
      "relative",
      `${data}/0/7/a/b`,
    ]) {
      const result = await act("ssh", "delete", `${host}:${target}`, vmId, "0");
      expect([target, result.exitCode]).toEqual([target, 1]);
    }
    expect(existsSync(data)).toBe(true);
  });
});
