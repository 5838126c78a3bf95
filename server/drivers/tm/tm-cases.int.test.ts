import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bitmapsOf, change, fileName, isSameContent, makeDisk, tool } from "../testing/disks";
import { meaningsOf, reasonOf, runDriver } from "../testing/run-driver";
import { holdDisk, MIB, makeVm, type PreBackup, type TestVm, VM_ID } from "../testing/test-vm";

let vm: TestVm;

beforeEach(async () => {
  vm = await makeVm("/dev/null");
});
afterEach(async () => {
  await vm.remove();
});

async function preBackup(request: PreBackup) {
  return await runDriver(vm.call(request));
}

describe("prebackup", () => {
  const host = "localhost";

  it("copies one contiguous change above 1 GiB on a sparse disk", { timeout: 240_000 }, async () => {
    await makeDisk(vm.diskFile(0), 16 * 1024 * MIB);
    await change(vm.diskFile(0), "write -P 1 0 8M");
    await vm.backUp({ host, parentId: -1 });
    await change(vm.diskFile(0), "write -P 2 2G 640M", "write -P 3 2688M 640M");
    const before = await stat(vm.diskFile(0));
    await vm.backUp({ host, parentId: 0 });
    expect(before.size).toBeGreaterThan(1280 * MIB);
    expect(await vm.restores(0, 1)).toBe(true);
  });

  it.each([
    ["missing", async () => await tool("qemu-img", "bitmap", "--remove", fileName(vm.diskFile(0)), `one-${VM_ID}-0`)],
    [
      "broken",
      async () => {
        const holder = await holdDisk(vm);
        process.kill(holder.pid ?? 0, "SIGKILL");
        await holder.done;
      },
    ],
  ])("asks for a new chain when the parent's bitmap is %s, and the full then works", async (word, spoil) => {
    await makeDisk(vm.diskFile(0), 16 * MIB);
    await change(vm.diskFile(0), "write -P 1 0 1M");
    await vm.backUp({ host, parentId: -1 });
    await change(vm.diskFile(0), "write -P 2 2M 1M");
    await spoil();
    const result = await preBackup({ host, parentId: 0 });
    expect(result.exitCode).toBe(1);
    expect(meaningsOf(result).filter((meaning) => meaning.kind === "chain-reset")).toEqual([
      { kind: "chain-reset", reason: expect.stringContaining(`bitmap one-${VM_ID}-0 of disk 0 is ${word}`) },
    ]);
    expect(reasonOf(result)).toContain("Take a full backup");
    expect(await readdir(vm.vmDir)).toEqual(["disk.0"]);

    await vm.backUp({ host, parentId: -1 });
    expect(await vm.restores(0, 0)).toBe(true);
    expect(await bitmapsOf(vm.diskFile(0))).toEqual([`one-${VM_ID}-0`]);
  });

  it("keeps bitmaps of others, removes ours that are too old, and says which it left", async () => {
    await makeDisk(vm.diskFile(0), 16 * MIB);
    const foreign = ["virtnbdbackup.0", `one-${VM_ID}1-0`, `one-${VM_ID}-x`];
    for (const name of [...foreign, `one-${VM_ID}-4`])
      await tool("qemu-img", "bitmap", "--add", fileName(vm.diskFile(0)), name);
    const result = await vm.backUp({ host, parentId: -1 });
    expect((await bitmapsOf(vm.diskFile(0))).sort()).toEqual([...foreign, `one-${VM_ID}-0`].sort());
    expect(result.stderr).toContain("virtnbdbackup.0");
  });

  it("replaces a bitmap of the new name that a failed try left", async () => {
    await makeDisk(vm.diskFile(0), 16 * MIB);
    await vm.backUp({ host, parentId: -1 });
    await change(vm.diskFile(0), "write -P 1 1M 1M");
    // Staged but never stored: the core asks for the same increment again, after more writes.
    expect((await preBackup({ host, parentId: 0 })).ok).toBe(true);
    await change(vm.diskFile(0), "write -P 2 4M 1M");
    await vm.backUp({ host, parentId: 0 });
    await change(vm.diskFile(0), "write -P 3 8M 1M");
    await vm.backUp({ host, parentId: 1 });
    for (const id of [1, 2]) expect(await vm.restores(0, id)).toBe(true);
  });

  it("mode FULL never touches bitmaps, and a raw disk stays raw whatever its first bytes say", async () => {
    await makeDisk(vm.diskFile(0), 16 * MIB);
    await tool("qemu-img", "bitmap", "--add", fileName(vm.diskFile(0)), `one-${VM_ID}-3`);
    const secret = path.join(vm.dir, "secret");
    await writeFile(secret, "top secret\n".repeat(100));
    await tool("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", secret, "-F", "raw", vm.diskFile(1), "1M");
    const result = await preBackup({ host, mode: "FULL", diskIds: [0, 1], formats: ["qcow2", "raw"] });
    expect(reasonOf(result)).toBe("");
    expect(await bitmapsOf(vm.diskFile(0))).toEqual([`one-${VM_ID}-3`]);
    const staged = path.join(vm.vmDir, "backup/disk.1.0");
    const raw = `json:${JSON.stringify({ driver: "raw", file: { driver: "file", filename: vm.diskFile(1) } })}`;
    expect(await isSameContent(fileName(staged), raw)).toBe(true);
    expect((await readFile(staged)).includes("top secret")).toBe(false);
  });

  it("an increment of a raw disk asks for a new chain", async () => {
    await mkdir(vm.vmDir, { recursive: true });
    await tool("truncate", "-s", "1M", vm.diskFile(0));
    const result = await preBackup({ host, parentId: 0, formats: ["raw"] });
    expect(meaningsOf(result)).toContainEqual({ kind: "chain-reset", reason: expect.stringContaining("raw") });
  });

  it("refuses headers that lead elsewhere", async () => {
    const outside = path.join(vm.dir, "outside.qcow2");
    await makeDisk(outside, MIB);
    await mkdir(vm.vmDir, { recursive: true });
    const cases: [string, string[]][] = [
      ["outside the datastores", ["-u", "-b", outside, "-F", "qcow2"]],
      ["not a plain file", ["-u", "-b", "nbd://localhost/x", "-F", "raw"]],
      ["not a plain file", ["-u", "-b", 'json:{"driver":"file","filename":"/etc/shadow"}', "-F", "raw"]],
      ["another file", ["-o", `data_file=${path.join(vm.dir, "data").replaceAll(",", ",,")}`]],
    ];
    for (const [reason, options] of cases) {
      await tool("qemu-img", "create", "-q", "-f", "qcow2", ...options, vm.diskFile(0), "1M");
      const result = await preBackup({ host, mode: "FULL" });
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toContain(reason);
      expect(await readdir(vm.vmDir)).toEqual(["disk.0"]);
    }
  });

  it.each<[string, Partial<PreBackup>]>([
    ['format "vmdk"', { formats: ["vmdk"] }],
    ["does not exist on the host", { diskIds: [0, 5] }],
  ])("says what is wrong: %s", async (reason, call) => {
    await makeDisk(vm.diskFile(0), MIB);
    const result = await preBackup({ host, ...call });
    expect(result.exitCode).toBe(1);
    expect(reasonOf(result)).toContain(reason);
  });

  it("runs out of space: refused before, or failed in the middle with the staging folder removed", async (test) => {
    const small = path.join(vm.dir, "datastores");
    await mkdir(small, { recursive: true });
    const mounted = await tool("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", small).then(
      () => true,
      () => false,
    );
    if (!mounted) test.skip("mounting a tmpfs needs root");
    try {
      await makeDisk(vm.diskFile(0), 256 * MIB);
      await change(vm.diskFile(0), "write -P 1 0 30M");
      const refused = await preBackup({ host, parentId: -1 });
      expect(reasonOf(refused)).toMatch(/^Not enough space on localhost: the backup needs \d+ MiB/);

      // Compressed: the file says nothing of what a copy holds, so only the copy itself finds out.
      const raw = path.join(vm.dir, "raw");
      await tool("qemu-img", "create", "-q", "-f", "qcow2", raw, "256M");
      await change(raw, "write -P 1 0 100M");
      await tool("qemu-img", "convert", "-c", "-f", "qcow2", "-O", "qcow2", raw, vm.diskFile(0));
      const failed = await preBackup({ host, parentId: -1 });
      expect(reasonOf(failed)).toContain("no space left");
      expect(await readdir(vm.vmDir)).toEqual(["disk.0"]);
    } finally {
      await tool("umount", small);
    }
  });

  it("postbackup removes the staging folder and never fails", async () => {
    await makeDisk(vm.diskFile(0), MIB);
    await preBackup({ host, mode: "FULL" });
    const argv = [`${host}:${vm.vmDir}`, "0", "one-7", "-", String(VM_ID), "0"];
    for (const each of [argv, argv, ["nonsense"], [`no-such-host.invalid:${vm.vmDir}`]]) {
      const result = await runDriver({
        action: "tm/ssh/postbackup",
        argv: each,
        xml: "<VM/>",
        sshConfig: vm.sshConfig,
      });
      expect(result.exitCode).toBe(0);
    }
    expect(await readdir(vm.vmDir)).toEqual(["disk.0"]);
  });
});
