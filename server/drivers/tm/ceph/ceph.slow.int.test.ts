import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCeph, type TestCeph } from "../../testing/ceph";
import { CEPH_VM_ID, type CephBackup, imageOf, makeCephVm } from "../../testing/ceph-vm";
import { scatteredChanges, seeded, tool } from "../../testing/disks";
import { meaningsOf, reasonOf, runDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

const MIB = 1024 * 1024;
const [A, B, C] = ["a".repeat(24), "b".repeat(24), "c".repeat(24)] as const;

let ceph: TestCeph;
let sshd: TestSshd;
let vm: Awaited<ReturnType<typeof makeCephVm>>;

beforeAll(async () => {
  [ceph, sshd] = await Promise.all([startCeph(), startSshd(["hv1"])]);
});
afterAll(async () => {
  await Promise.all([ceph.stop(), sshd.stop()]);
});
beforeEach(async () => {
  vm = await makeCephVm(ceph, sshd.configPath);
});
afterEach(async () => {
  await vm.remove();
});

const marksOf = async (diskId: number): Promise<unknown> =>
  JSON.parse((await ceph.tool("rbd", "image-meta", "list", "--format", "json", `one/${imageOf(diskId)}`)) || "{}");

async function expectNewChain(request: CephBackup, reason: string) {
  const result = await runDriver(vm.call(request));
  expect(result.exitCode).toBe(1);
  expect(meaningsOf(result).filter((meaning) => meaning.kind === "chain-reset")).toEqual([
    { kind: "chain-reset", reason },
  ]);
  expect(existsSync(path.join(vm.vmDir, "backup"))).toBe(false);
}

describe("prebackup of disks in Ceph", () => {
  it.each([
    ["localhost", 4],
    ["hv1", 1],
  ] as const)("makes chains whose every point restores, on %s", async (host, points) => {
    const sizes = [96, 65];
    for (const id of [0, 1]) await vm.makeDisk(id, sizes[id] ?? 0);
    const random = seeded(points);
    const ids = [A, B, C, "d".repeat(24), "e".repeat(24)];
    for (let increment = 0; increment <= points; increment += 1) {
      for (const id of [0, 1]) await vm.change(id, ...scatteredChanges(random, (sizes[id] ?? 0) * MIB));
      if (increment === 2) await vm.change(0, "discard 8M 12M", "write -P 9 9M 512", "write -z 40M 5M");
      // Nothing changes on disk 1 in one of them.
      const result = await vm.backUp({
        host,
        diskIds: [0, 1],
        parentId: increment - 1,
        backupId: ids[increment] ?? "",
        lastBackupId: ids[increment - 1] ?? "",
      });
      const facts = meaningsOf(result).flatMap((meaning) => (meaning.kind === "disk" ? [meaning.disk] : []));
      expect(facts.map(({ id, virtualSize, file }) => [id, virtualSize, file])).toEqual(
        [0, 1].map((id) => [id, (sizes[id] ?? 0) * MIB, `disk.${id}.${increment}`]),
      );
      const progress = meaningsOf(result).flatMap((meaning) => (meaning.kind === "progress" ? [meaning] : []));
      expect(progress.at(-1)?.done).toBe(progress.at(-1)?.total);
      for (const id of [0, 1]) {
        expect(await vm.snapshots(id)).toEqual([`one_backup_${increment}`]);
        expect(await marksOf(id)).toEqual({ [`one_backup_${increment}`]: ids[increment] });
      }
    }
    for (const id of [0, 1]) {
      for (let increment = 0; increment <= points; increment += 1) {
        expect([id, increment, await vm.restores(id, increment)]).toEqual([id, increment, true]);
        await tool("qemu-img", "check", "-q", "-f", "qcow2", vm.stored(id, increment));
      }
    }
    expect(await readdir(vm.vmDir)).toEqual([]);
  });

  it("stores holes as holes: a discarded disk makes a small increment", async () => {
    await vm.makeDisk(0, 128);
    await vm.change(0, "write -P 1 0 64M");
    await vm.backUp({ parentId: -1 });
    await vm.change(0, "discard 0 60M", "write -z 61M 2M");
    await vm.backUp({ parentId: 0 });
    expect(await vm.restores(0, 1)).toBe(true);
    expect(Number(await tool("stat", "-c", "%s", vm.stored(0, 1)))).toBeLessThan(MIB);
  });

  it("a full in FULL mode leaves no snapshot, and takes those of a chain along", async () => {
    await vm.makeDisk(0, 32);
    await vm.change(0, "write -P 5 1M 3M");
    await vm.backUp({ parentId: -1 });
    await ceph.tool("rbd", "snap", "create", "--no-progress", "one/one-0@of-somebody-else");
    await vm.backUp({ mode: "FULL" });
    expect(await vm.restores(0, 0)).toBe(true);
    expect(await vm.snapshots(0)).toEqual(["of-somebody-else"]);
  });

  it("wants a new chain when an old copy was put back, or the snapshot is gone", async () => {
    for (const id of [0, 1]) await vm.makeDisk(id, 16);
    await vm.backUp({ diskIds: [0, 1], parentId: -1, backupId: A });
    const old = path.join(vm.dir, "old");
    await ceph.tool("rbd", "export", "--no-progress", "--export-format", "2", "one/one-1", old);
    await vm.change(1, "write -P 2 4M 1M");
    await vm.backUp({ diskIds: [0, 1], parentId: -1, backupId: B });
    for (const word of ["snap unprotect one/one-1@one_backup_0", "snap rm one/one-1@one_backup_0", "rm one/one-1"]) {
      await ceph.tool("rbd", ...word.split(" "));
    }
    await ceph.tool("rbd", "import", "--no-progress", "--export-format", "2", old, "one/one-1");
    expect(await vm.snapshots(1)).toEqual(["one_backup_0"]);
    const next = { diskIds: [0, 1], parentId: 0, backupId: C };
    await expectNewChain(
      { ...next, lastBackupId: B },
      "disk 1 does not carry the mark of the last backup: it was replaced or restored from elsewhere",
    );
    await expectNewChain({ ...next, parentId: 1 }, "snapshot one_backup_1 of disk 0 is missing");
    await vm.backUp({ ...next, parentId: -1 });
    expect(await vm.restores(1, 0)).toBe(true);
  });

  it("cancelled, or not stored: the parent's snapshot stays and the next try holds both changes", async () => {
    await vm.makeDisk(0, 1024);
    await vm.change(0, "write -P 1 0 8M");
    await vm.backUp({ parentId: -1, backupId: A });
    await vm.change(0, "write -P 2 64M 500M");
    const abort = new AbortController();
    const onLine = (line: string) => {
      if (line.includes("progress")) abort.abort();
    };
    const request = { parentId: 0, backupId: B, lastBackupId: A };
    const cancelled = await runDriver(vm.call({ ...request, signal: abort.signal, onLine }));
    expect(cancelled).toMatchObject({ isCancelled: true, exitCode: 143 });
    expect(await vm.snapshots(0)).toEqual(["one_backup_0"]);
    expect(await readdir(vm.vmDir)).toEqual([]);

    expect(reasonOf(await runDriver(vm.call(request)))).toBe("");
    const failed = await runDriver(vm.call({ ...request, action: "postbackup", hasFailed: true }));
    expect(failed.ok).toBe(true);
    expect(await vm.snapshots(0)).toEqual(["one_backup_0"]);
    expect(await marksOf(0)).toEqual({ one_backup_0: A });

    await vm.change(0, "write -P 3 1M 64k");
    await vm.backUp({ ...request, backupId: C });
    expect(await vm.restores(0, 1)).toBe(true);
  });

  it("refuses documents that name something else than an image", async () => {
    const call = vm.call({});
    for (const [from, to, words] of [
      ["one/one-0", "one/x@y", "is not <pool>/<image>"],
      ["one/one-0", "one/no-such-image", "No such file or directory"],
      [ceph.confPath, "../ceph.conf", "CEPH_CONF is not an absolute path"],
      [">admin<", ">ad min;x<", "CEPH_USER is not a name"],
      [">RBD<", ">FILE<", "Disk 0 is not an image in Ceph"],
    ] as const) {
      const result = await runDriver({ ...call, xml: call.xml?.replace(from, to) ?? "" });
      expect(reasonOf(result)).toContain(words);
    }
  });
});

describe("disks in Ceph", () => {
  const documentOf = (disk: string) =>
    `<VM><ID>${CEPH_VM_ID}</ID><TEMPLATE><DISK><DISK_ID>3</DISK_ID>${disk}<CEPH_CONF>${ceph.confPath}</CEPH_CONF></DISK></TEMPLATE></VM>`;
  const images = async () => JSON.parse(await ceph.tool("rbd", "ls", "--format", "json", "one")) as string[];
  const target = () => `localhost:${vm.vmDir}/disk.3`;
  const run = async (action: string, argv: readonly string[], xml: string) => {
    const result = await runDriver({ action: `tm/ceph/${action}`, argv, xml });
    expect(reasonOf(result)).toBe("");
    return result.stdout;
  };

  it("are cloned and deleted with their snapshots; the image stays", async () => {
    await vm.makeDisk(0, 16);
    await vm.change(0, "write -P 7 1M 1M");
    const xml = documentOf("<TYPE>RBD</TYPE><SOURCE>one/one-0</SOURCE><CLONE>YES</CLONE>");
    const argv = ["front:one/one-0", target(), String(CEPH_VM_ID), "1"];
    for (const _twice of [1, 2]) await run("clone", argv, xml);
    expect(await images()).toEqual(["one-0", `one-0-${CEPH_VM_ID}-3`]);
    await tool("qemu-io", "-r", "-c", "read -P 7 1M 1M", ceph.name(`one-0-${CEPH_VM_ID}-3`));
    await ceph.tool("rbd", "snap", "create", "--no-progress", `one/one-0-${CEPH_VM_ID}-3@one_backup_0`);
    for (const _twice of [1, 2]) await run("delete", [`localhost:${vm.vmDir}`, String(CEPH_VM_ID), "0"], xml);
    expect(await images()).toEqual(["one-0"]);
    expect(existsSync(vm.vmDir)).toBe(false);
    await ceph.tool("rbd", "snap", "unprotect", "one/one-0@snap");
  });

  it("that are persistent are adopted and linked; deleting the VM takes only our snapshots", async () => {
    await vm.makeDisk(0, 16);
    const datastore = `<DS_DRIVER_ACTION_DATA><DATASTORE><TEMPLATE><CEPH_CONF>${ceph.confPath}</CEPH_CONF></TEMPLATE></DATASTORE></DS_DRIVER_ACTION_DATA>`;
    const adopted = await run("adopt", ["localhost:one/one-0", target(), String(CEPH_VM_ID), "raw"], datastore);
    expect(JSON.parse(adopted)).toEqual({ virtualSize: 16 * MIB, format: "raw", path: "one/one-0" });
    const xml = documentOf("<TYPE>RBD</TYPE><SOURCE>one/one-0</SOURCE><CLONE>NO</CLONE>");
    await run("ln", ["front:one/one-0", target(), String(CEPH_VM_ID), "1"], xml);
    await ceph.tool("rbd", "snap", "create", "--no-progress", "one/one-0@one_backup_4");
    await ceph.tool("rbd", "snap", "create", "--no-progress", "one/one-0@mine");
    await run("delete", [`localhost:${vm.vmDir}`, String(CEPH_VM_ID), "0"], xml);
    expect(await images()).toEqual(["one-0"]);
    expect(await vm.snapshots(0)).toEqual(["mine"]);
  });

  it("that are volatile are made and deleted", async () => {
    const xml = documentOf("<TYPE>fs</TYPE><POOL_NAME>one</POOL_NAME>");
    for (const _twice of [1, 2]) await run("mkimage", ["24", "raw", target(), String(CEPH_VM_ID), "0"], xml);
    expect(await images()).toEqual([`one-sys-${CEPH_VM_ID}-3`]);
    await run("delete", [target(), String(CEPH_VM_ID), "0"], xml);
    expect(await images()).toEqual([]);
  });
});
