import { existsSync, statSync } from "node:fs";
import { readdir, readFile, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bitmapsOf, change, makeDisk, makeFilesystemDisk, scatteredChanges, seeded, tool } from "../testing/disks";
import { meaningsOf, reasonOf, runDriver, startDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";
import {
  expectNothingLeft,
  holdDisk,
  leftovers,
  MIB,
  makeVm,
  type PreBackup,
  type TestVm,
  VM_ID,
} from "../testing/test-vm";

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

async function preBackup(request: PreBackup) {
  return await runDriver(vm.call(request));
}

describe.each(["localhost", "hv1"])("prebackup on %s", (host) => {
  it("makes chains whose every point restores: two disks, odd paths, zeroed and discarded ranges", async () => {
    const bytes = [96 * MIB, 100 * MIB + 1536] as const;
    const image = path.join(vm.dir, "datastores/1/image");
    await makeFilesystemDisk(image, bytes[0], "qcow2", { "etc/hostname": "web-01\n", "var/data": "x".repeat(MIB) });
    const cloned = await runDriver({
      action: "tm/qcow2/clone",
      argv: [`front:${image}`, `${host}:${vm.diskFile(0)}`, String(VM_ID), "1"],
      sshConfig: vm.sshConfig,
    });
    expect(reasonOf(cloned)).toBe("");
    const elsewhere = path.join(vm.dir, "else\nwhere $(id)", "disk");
    await makeDisk(elsewhere, bytes[1]);
    await symlink(elsewhere, vm.diskFile(1));

    const random = seeded(host.length);
    const points = host === "localhost" ? 5 : 2;
    for (let incrementId = 0; incrementId <= points; incrementId += 1) {
      for (const id of [0, 1]) await change(vm.diskFile(id), ...scatteredChanges(random, bytes[id === 0 ? 0 : 1]));
      const result = await vm.backUp({ host, driver: "qcow2", diskIds: [0, 1], parentId: incrementId - 1 });
      const facts = meaningsOf(result).filter((meaning) => meaning.kind === "disk");
      expect(facts.map(({ disk }) => disk)).toEqual(
        [0, 1].map((id) => ({
          id,
          virtualSize: bytes[id === 0 ? 0 : 1],
          file: `disk.${id}.${incrementId}`,
          bytes: statSync(vm.stored(id, incrementId)).size,
          bitmap: `one-${VM_ID}-${incrementId}`,
        })),
      );
      const progress = meaningsOf(result)
        .filter((meaning) => meaning.kind === "progress")
        .at(-1);
      expect(progress?.done).toBe(progress?.total);
      const kept = incrementId === 0 ? [0] : [incrementId - 1, incrementId];
      for (const id of [0, 1])
        expect((await bitmapsOf(vm.diskFile(id))).sort()).toEqual(kept.map((n) => `one-${VM_ID}-${n}`));
    }
    for (const id of [0, 1]) {
      for (let incrementId = 0; incrementId <= points; incrementId += 1) {
        expect([id, incrementId, await vm.restores(id, incrementId)]).toEqual([id, incrementId, true]);
        const info = await tool("qemu-img", "info", "-f", "qcow2", vm.stored(id, incrementId));
        expect(info).not.toContain("backing file");
      }
    }
    const xml = await readFile(path.join(vm.dir, "repository/0/vm.xml"), "utf8");
    expect(Buffer.from(xml, "base64").toString()).toContain(`<ID>${VM_ID}</ID>`);
    expect(((await stat(path.join(vm.vmDir, "backup"))).mode & 0o777).toString(8)).toBe("700");
    expect(existsSync("pwned")).toBe(false);
    await expectNothingLeft(vm);
  });

  it("is cancelled in the middle and leaves nothing but the next increment possible", async () => {
    await makeDisk(vm.diskFile(0), 2048 * MIB);
    await change(vm.diskFile(0), "write -P 1 0 64M");
    await vm.backUp({ host, parentId: -1 });
    await change(vm.diskFile(0), "write -P 2 32M 400M", "discard 0 1M");

    const abort = new AbortController();
    const onLine = (line: string) => {
      if (line.includes("progress")) abort.abort();
    };
    const cancelled = await preBackup({ host, parentId: 0, signal: abort.signal, onLine });
    expect(cancelled).toMatchObject({ ok: false, isCancelled: true, exitCode: 143 });
    expect(await readdir(vm.vmDir)).toEqual(["disk.0"]);
    // The image lock is free at once: the VM could start.
    await change(vm.diskFile(0), "write -P 3 1500M 64k");
    expect(leftovers(vm)).toEqual([]);

    await vm.backUp({ host, parentId: 0 });
    expect(await vm.restores(0, 1)).toBe(true);
  });

  it.each([-1, 0])("is killed with -9 in the middle and repeated (parent %i)", async (parentId) => {
    await makeDisk(vm.diskFile(0), 2048 * MIB);
    await change(vm.diskFile(0), "write -P 1 1M 400M");
    if (parentId === 0) {
      await vm.backUp({ host, parentId: -1 });
      await change(vm.diskFile(0), "write -P 2 100M 400M", "write -z 1M 1M");
    }
    let isUnderWay = () => {};
    const underWay = new Promise<void>((resolve) => {
      isUnderWay = resolve;
    });
    const onLine = (line: string) => {
      if (line.includes("progress")) isUnderWay();
    };
    const child = startDriver(vm.call({ host, parentId, onLine }));
    await Promise.race([underWay, child.done]);
    process.kill(child.pid ?? 0, "SIGKILL");
    expect(await child.done).toMatchObject({ signal: "SIGKILL" });
    await expectNothingLeft(vm);

    await vm.backUp({ host, parentId });
    expect(await vm.restores(0, parentId + 1)).toBe(true);
    expect(await bitmapsOf(vm.diskFile(0))).toContain(`one-${VM_ID}-${parentId + 1}`);
  });

  it.each([-1, 0])("refuses a disk that a running VM holds, and says so (parent %i)", async (parentId) => {
    await makeDisk(vm.diskFile(0), 16 * MIB);
    await vm.backUp({ host, parentId: -1 });
    const holder = await holdDisk(vm);
    const result = await preBackup({ host, parentId });
    process.kill(holder.pid ?? 0, "SIGTERM");
    await holder.done;
    expect([result.exitCode, reasonOf(result)]).toEqual([1, expect.stringContaining("another program holds it")]);
    expect(await readdir(vm.vmDir)).toEqual(["disk.0"]);
  });
});
