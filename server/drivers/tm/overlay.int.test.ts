import { existsSync, readdirSync } from "node:fs";
import { lstat, readdir, readlink, symlink } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bitmapsOf, change, fileName, makeDisk, scatteredChanges, seeded, tool } from "../testing/disks";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../testing/run-driver";
import { expectNothingLeft, MIB, makeVm, type PreBackup, type TestVm, VM_ID } from "../testing/test-vm";

const SIZE = 64 * MIB;
const host = "localhost";
const id = (n: number) => String(n).padStart(24, "b");

let vm: TestVm;

beforeEach(async () => {
  vm = await makeVm("/dev/null");
});
afterEach(async () => {
  await vm.remove();
});

/** As the core asks for increment `n` of one chain. */
function asked(n: number, more: Partial<PreBackup> = {}): PreBackup {
  const lastBackupId = n === 0 ? {} : { lastBackupId: id(n - 1) };
  return {
    host,
    driver: "qcow2",
    incrementMode: "SNAPSHOT",
    parentId: n - 1,
    backupId: id(n),
    ...lastBackupId,
    ...more,
  };
}

async function post(request: PreBackup, outcome: "stored" | "failed" = "stored") {
  const call = vm.call(request);
  const xml =
    outcome === "stored" ? call.xml : (call.xml ?? "").replace("</VM>", "<BACKUP_RESULT>FAILURE</BACKUP_RESULT></VM>");
  const result = await runDriver({ ...call, action: "tm/qcow2/postbackup", ...(xml === undefined ? {} : { xml }) });
  expect([result.exitCode, result.stderr]).toEqual([0, expect.not.stringContaining("WARN")]);
}

async function backUp(n: number, more: Partial<PreBackup> = {}): Promise<void> {
  await vm.backUp(asked(n, more));
  await post(asked(n, more));
}

function overlays(diskId = 0): string[] {
  return readdirSync(`${vm.diskFile(diskId)}.snap`)
    .filter((name) => name !== "0" && !name.endsWith(".below"))
    .sort();
}

describe("operations on a disk with an overlay", () => {
  const place = (diskId: number) => `${host}:${vm.diskFile(diskId)}`;
  const act = async (action: string, ...argv: string[]) => {
    const result = await runDriver({ action: `tm/qcow2/${action}`, argv, sshConfig: "/dev/null" });
    expect([action, result.exitCode, reasonOf(result)]).toEqual([action, 0, ""]);
  };
  const isPlain = async () => {
    expect((await lstat(vm.diskFile(0))).isFile()).toBe(true);
    expect(await readdir(vm.vmDir)).not.toContain("disk.0.snap");
    await tool("qemu-io", "-f", "qcow2", "-r", "-c", "read -P 2 1M 1M", "-c", "read -P 1 0 1M", vm.diskFile(0));
  };

  it("merge it back first; a full in another mode does, and a delete leaves a registered file with all that is new", async () => {
    await makeDisk(vm.diskFile(0), SIZE);
    const begin = async () => {
      await change(vm.diskFile(0), "write -P 1 0 2M");
      await backUp(0);
      await change(vm.diskFile(0), "write -P 2 1M 1M");
    };
    await begin();
    await act("resize", place(0), "128", String(VM_ID));
    await isPlain();
    await begin();
    await act("snap_create", place(0), "3", String(VM_ID), "0");
    await isPlain();
    await act("snap_delete", place(0), "3", String(VM_ID), "0");
    await begin();
    for (const mode of ["FULL", "INCREMENT"] as const) {
      await vm.backUp({ host, driver: "shared", mode, parentId: -1 });
      await isPlain();
      expect(await vm.restores(0, 0)).toBe(true);
    }
    // And back: bitmaps of the other mode go.
    await begin();
    expect(await bitmapsOf(`${vm.diskFile(0)}.snap/0`)).toEqual([]);

    const registered = path.join(vm.dir, "registered.qcow2");
    await makeDisk(registered, SIZE);
    await symlink(registered, vm.diskFile(1));
    await backUp(0, { diskIds: [1] });
    await change(vm.diskFile(1), "write -P 7 3M 1M");
    await act("delete", place(1), String(VM_ID), "0");
    expect(readdirSync(vm.vmDir)).not.toContain("disk.1.snap");
    await tool("qemu-io", "-f", "qcow2", "-r", "-c", "read -P 7 3M 1M", registered);
    await act("delete", `${host}:${vm.vmDir}`, String(VM_ID), "0");
    expect(existsSync(vm.vmDir)).toBe(false);
  });
});

describe("INCREMENT_MODE SNAPSHOT of a powered-off VM", () => {
  it("makes a chain whose every point restores: a file and a link, killed, failed and repeated in between", async () => {
    const elsewhere = path.join(vm.dir, "else where", "disk");
    await makeDisk(vm.diskFile(0), SIZE);
    await makeDisk(elsewhere, SIZE + 1536);
    await symlink(elsewhere, vm.diskFile(1));
    const disks = { diskIds: [0, 1] };
    const random = seeded(5);
    const write = async () => {
      for (const n of [0, 1]) await change(vm.diskFile(n), ...scatteredChanges(random, SIZE));
    };
    await write();
    await backUp(0, disks);
    expect(await readlink(vm.diskFile(0))).toBe(`disk.0.snap/${overlays()[0]}`);
    expect(overlays()).toEqual([expect.stringContaining(`1.${id(0)}.`)]);

    await write();
    // Staged, never stored.
    expect((await runDriver(vm.call(asked(1, disks)))).exitCode).toBe(0);
    expect(overlays()).toHaveLength(2);
    await post(asked(1, disks), "failed");
    expect(overlays()).toEqual([expect.stringContaining(`1.${id(0)}.`)]);
    await write();
    // The core is killed before it can clean up.
    expect((await runDriver(vm.call(asked(1, disks)))).exitCode).toBe(0);
    await write();
    await backUp(1, disks);
    for (const diskId of [0, 1]) expect(overlays(diskId)).toEqual([expect.stringContaining(`2.${id(1)}.`)]);

    await write();
    // Stored, but nobody merges: the next backup does.
    await vm.backUp(asked(2, disks));
    await write();
    await backUp(3, disks);
    for (const diskId of [0, 1]) {
      for (const n of [0, 1, 2, 3]) expect([diskId, n, await vm.restores(diskId, n)]).toEqual([diskId, n, true]);
      expect(overlays(diskId)).toEqual([expect.stringContaining(`4.${id(3)}.`)]);
      expect(await tool("qemu-img", "info", "-f", "qcow2", vm.stored(diskId, 3))).not.toContain("backing file");
    }
    expect((await lstat(`${vm.diskFile(1)}.snap/0`)).isSymbolicLink()).toBe(true);
  });

  it("is killed while it copies and while it merges, and the next one carries on", async () => {
    await makeDisk(vm.diskFile(0), 512 * MIB);
    await change(vm.diskFile(0), "write -P 1 0 8M");
    await backUp(0);
    await change(vm.diskFile(0), "write -P 2 4M 200M", "discard 0 1M");
    const killAt = async (action: string, isReached: () => boolean) => {
      const child = startDriver({ ...vm.call(asked(1)), action: `tm/qcow2/${action}` });
      const ended = child.done.then(() => true);
      const tick = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 5));
      while (!isReached() && !(await Promise.race([ended, tick()])));
      process.kill(child.pid ?? 0, "SIGKILL");
      await child.done;
      await expectNothingLeft(vm);
    };
    await killAt("prebackup", () => readdirSync(vm.vmDir).includes("backup"));
    await vm.backUp(asked(1));
    await change(vm.diskFile(0), "write -P 3 100M 8M");
    const top = overlays().find((name) => name.startsWith("2."));
    const merging = () => readdirSync(`${vm.diskFile(0)}.snap`).includes(`${top}.below.tmp`) || overlays().length === 1;
    await killAt("postbackup", merging);
    await backUp(2);
    for (const n of [0, 1, 2]) expect([n, await vm.restores(0, n)]).toEqual([n, true]);
    expect(overlays()).toHaveLength(1);
  });

  it("takes a full in a new chain when something is not as it was left, and says what", async () => {
    await makeDisk(vm.diskFile(0), SIZE);
    await change(vm.diskFile(0), "write -P 1 0 2M");
    const reset = async (reason: string, request = asked(1)) => {
      const result = await runDriver(vm.call(request));
      expect(meaningsOf(result)).toContainEqual({ kind: "chain-reset", reason: expect.stringContaining(reason) });
      await backUp(0);
      expect([reason, await vm.restores(0, 0)]).toEqual([reason, true]);
    };
    await backUp(0);
    await reset("no overlay of disk 0 records", asked(1, { lastBackupId: id(7) }));
    // Somebody writes to the disk itself, below the overlay.
    await change(`${vm.diskFile(0)}.snap/0`, "write -P 9 8M 64k");
    await reset("below its overlay, disk 0 was written to or replaced");
    await change(vm.diskFile(0), "write -P 3 1M 1M");
    await tool("rm", `${vm.diskFile(0)}.snap/${overlays()[0]}.below`);
    await reset("it is not recorded");
    // An old copy of the disk is put back in the place of the link.
    await tool("qemu-img", "convert", "-O", "qcow2", fileName(vm.diskFile(0)), path.join(vm.dir, "old"));
    await tool("mv", "-fT", path.join(vm.dir, "old"), vm.diskFile(0));
    const result = await runDriver(vm.call(asked(1)));
    expect(meaningsOf(result)).toContainEqual({
      kind: "chain-reset",
      reason: expect.stringContaining("has no overlay"),
    });
    const full = await runDriver(vm.call(asked(0)));
    expect(reasonOf(full)).toContain("do not belong to this disk any more");
    await tool("rm", "-r", `${vm.diskFile(0)}.snap`);
    await backUp(0);
    expect(await vm.restores(0, 0)).toBe(true);

    const imported = await runDriver({ ...vm.call(asked(0)), argv: (vm.call(asked(0)).argv ?? []).with(2, "web") });
    expect(reasonOf(imported)).toContain("was imported");
    expect((await readdir(vm.vmDir)).sort()).toEqual(
      ["backup", "disk.0", "disk.0.snap"].filter((name) => name !== "backup"),
    );
  });
});
