/** Disks and snapshots of a VM: what each operation asks of the drivers, and what a failure leaves. The drivers are the tests' own. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "../../domain/actor";
import { AppError, appError } from "../../domain/errors";
import type { VmState } from "../../domain/states";
import { vectors } from "../../domain/template";
import { cancelAction } from "../action/cancel";
import { vmXml } from "../documents";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { requestDiskAttach } from "./attach";
import { requestDiskDetach } from "./detach";
import { requestDiskRevert, requestDiskSnapshot, requestDiskSnapshotDelete } from "./disk-snapshot";
import { requestDiskResize } from "./resize";
import { parseVm } from "./rows";
import { requestSystemRevert, requestSystemSnapshot, requestSystemSnapshotDelete } from "./system-snapshot";

let bare: BareCore;
let datastoreId: number;
let owner: Actor;
let count = 0;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
  owner = await bare.user("owner");
});
afterAll(() => bare.close());
beforeEach(() => {
  bare.drivers.calls.length = 0;
  for (const action of ["tm/clone", "tm/delete", "tm/snap_create", "vmm/attach_disk", "vmm/snapshot_create"]) {
    bare.drivers.on(action, () => "");
  }
});

const newVm = () => bare.vm(`vm-${count++}`);
const read = async (vmId: number) => parseVm(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
const setState = (vmId: number, state: VmState) => bare.core.db.vm.update({ where: { id: vmId }, data: { state } });
const volatile = { kind: "volatile", sizeMb: 8, format: "qcow2" } as const;
const attach = (vmId: number) => requestDiskAttach(bare.ctx, { vmId, source: volatile, target: null });
const done = async (request: Promise<{ actionId: number }>) => {
  const ended = await bare.run((await request).actionId);
  expect(ended).toMatchObject({ state: "DONE", error: null });
  return ended;
};
/** What the drivers were asked for, but for the registration of the VM. */
const calls = () =>
  bare.drivers.calls
    .filter(({ action }) => action !== "adopt")
    .map(({ family, action, argv }) => [`${family}/${action}`, ...argv]);
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`);
  return { code: error.code, message: error.message };
};
/** An open chain without a backup behind it. */
const openChain = async (vmId: number, config: object = {}) => {
  const { backupConfig } = await read(vmId);
  const open = {
    configured: true,
    mode: "INCREMENT",
    incrementMode: "CBT",
    incrementalBackupId: 900,
    lastIncrementId: 2,
  };
  await bare.core.db.vm.update({
    where: { id: vmId },
    data: { backupConfig: { ...backupConfig, ...open, ...config } },
  });
};
const newImage = async (type = "DATABLOCK") => {
  const id = 5000 + count++;
  await bare.core.db.image.create({
    data: {
      id,
      uid: owner.userId,
      gid: 1,
      name: `image-${id}`,
      type,
      datastoreId: 1,
      state: "READY",
      source: "/i",
      sizeMb: 16,
      format: "qcow2",
    },
  });
  return id;
};

describe("attach and detach", () => {
  test("a disk gets the next free id and target, and closes the chain with a word", async () => {
    const vmId = await newVm();
    await openChain(vmId);
    const imageId = await newImage();
    const ended = await done(requestDiskAttach(bare.ctx, { vmId, source: { kind: "image", imageId }, target: null }));
    expect(ended.warnings).toEqual(["The open chain was closed: disk 1 was attached. The next backup is a full one."]);
    const vm = await read(vmId);
    expect(vm).toMatchObject({ state: "POWEROFF", backupConfig: { incrementalBackupId: -1, lastIncrementId: -1 } });
    const disk = vectors(vm.template, "DISK")[1];
    expect(disk).toMatchObject({ DISK_ID: "1", TARGET: "vdb", IMAGE_ID: String(imageId), CLONE: "YES" });
    expect(disk).not.toHaveProperty("ATTACH");
    expect(calls().map(([action]) => action)).toEqual(["tm/clone"]);
    expect((await bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } })).state).toBe("USED");
    await done(requestDiskDetach(bare.ctx, { vmId, diskId: 1 }));
    expect(vectors((await read(vmId)).template, "DISK")).toHaveLength(1);
    expect((await bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } })).state).toBe("READY");
  });

  test("an id that a restore point knows is never given to another disk", async () => {
    const vmId = await newVm();
    await bare.core.db.image.create({
      data: {
        id: 6000,
        uid: 0,
        gid: 0,
        name: "points",
        type: "BACKUP",
        datastoreId,
        vmId,
        increments: {
          create: {
            id: 0,
            parentId: -1,
            type: "FULL",
            source: "00",
            sizeMb: 1,
            storedBytes: 1n,
            at: new Date(0),
            diskIds: [0, 6],
            vmDocument: "",
          },
        },
      },
    });
    await done(attach(vmId));
    expect(vectors((await read(vmId)).template, "DISK").map((disk) => disk["DISK_ID"])).toEqual(["0", "7"]);
  });

  test("a running guest gets the disk after it was made, with ATTACH=YES in its document; detach is the reverse", async () => {
    const vmId = await newVm();
    await setState(vmId, "RUNNING");
    bare.drivers.on("vmm/attach_disk", ({ document }) => {
      expect(document).toMatch(/<ATTACH>(<!\[CDATA\[)?YES/);
      return "";
    });
    await done(attach(vmId));
    const dir = `${bare.core.config.datastoreLocation}/0/${vmId}`;
    expect(calls()).toEqual([
      ["tm/mkimage", "8", "qcow2", `localhost:${dir}/disk.1`, String(vmId), "0"],
      ["vmm/attach_disk", `one-${vmId}`, `${dir}/disk.1`, "vdb", "1", "-", String(vmId), "localhost", "-"],
    ]);
    bare.drivers.calls.length = 0;
    await done(requestDiskDetach(bare.ctx, { vmId, diskId: 1 }));
    expect(calls()).toEqual([
      ["vmm/detach_disk", `one-${vmId}`, `${dir}/disk.1`, "vdb", "1", String(vmId), "localhost", "-"],
      ["tm/delete", `localhost:${dir}/disk.1`, String(vmId), "0"],
    ]);
    expect((await read(vmId)).state).toBe("RUNNING");
  });

  test("what fails is taken back: no disk, image free, chain as it was", async () => {
    const vmId = await newVm();
    await setState(vmId, "RUNNING");
    await openChain(vmId);
    const imageId = await newImage();
    bare.drivers.on("vmm/attach_disk", () => {
      throw appError("DRIVER_FAILED", { path: "vmm/kvm/attach_disk", exitCode: 1, reason: "no PCI slot" });
    });
    const { actionId } = await requestDiskAttach(bare.ctx, { vmId, source: { kind: "image", imageId }, target: "vdq" });
    expect(await bare.run(actionId)).toMatchObject({ state: "FAILED", error: "no PCI slot" });
    expect(calls().map(([action]) => action)).toEqual(["tm/clone", "vmm/attach_disk", "vmm/detach_disk", "tm/delete"]);
    const vm = await read(vmId);
    expect(vectors(vm.template, "DISK")).toHaveLength(1);
    expect(vm).toMatchObject({ state: "RUNNING", backupConfig: { incrementalBackupId: 900, lastIncrementId: 2 } });
    expect((await bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } })).state).toBe("READY");
  });

  test("a queued attach that is cancelled leaves nothing", async () => {
    const vmId = await newVm();
    const imageId = await newImage();
    const { actionId } = await requestDiskAttach(bare.ctx, { vmId, source: { kind: "image", imageId }, target: null });
    expect((await bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } })).state).toBe("USED");
    await cancelAction(bare.ctx, actionId);
    const vm = await read(vmId);
    expect([vm.state, vectors(vm.template, "DISK").length]).toEqual(["POWEROFF", 1]);
    expect((await bare.core.db.image.findUniqueOrThrow({ where: { id: imageId } })).state).toBe("READY");
  });

  test("after the guest let go, a file that cannot be removed is a warning", async () => {
    const vmId = await newVm();
    await done(attach(vmId));
    await setState(vmId, "RUNNING");
    bare.drivers.on("tm/delete", () => {
      throw appError("DRIVER_FAILED", { path: "tm/ssh/delete", exitCode: 1, reason: "host is away" });
    });
    const ended = await done(requestDiskDetach(bare.ctx, { vmId, diskId: 1 }));
    expect(ended.warnings.join()).toContain("host is away");
    expect(vectors((await read(vmId)).template, "DISK")).toHaveLength(1);
  });

  test("refused: what is no disk image, a taken target, an unknown disk, a disk with snapshots", async () => {
    const vmId = await newVm();
    const imageId = await newImage("BACKUP");
    const image = requestDiskAttach(bare.ctx, { vmId, source: { kind: "image", imageId }, target: null });
    expect((await refusal(image)).code).toBe("DISK_REFUSED");
    const taken = requestDiskAttach(bare.ctx, { vmId, source: volatile, target: "vda" });
    expect((await refusal(taken)).message).toContain("vda is taken");
    expect((await refusal(requestDiskDetach(bare.ctx, { vmId, diskId: 9 }))).message).toBe(
      "Could not detach disk with DISK_ID 9, it does not exist.",
    );
    await done(requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "" }));
    expect((await refusal(requestDiskDetach(bare.ctx, { vmId, diskId: 0 }))).message).toContain("has snapshots");
    expect((await refusal(requestDiskResize(bare.ctx, { vmId, diskId: 0, sizeMb: 999 }))).message).toContain(
      "has snapshots",
    );
    expect((await read(vmId)).state).toBe("POWEROFF");
  });

  test("the last disk of DISK_IDS: the run says that all disks are backed up now", async () => {
    const vmId = await newVm();
    await done(attach(vmId));
    await openChain(vmId, { diskIds: [1], backupVolatile: true });
    const { warnings } = await done(requestDiskDetach(bare.ctx, { vmId, diskId: 1 }));
    expect(warnings.join("\n")).toMatch(/disk 1 was detached[\s\S]*all disks of the VM are backed up/);
    expect((await read(vmId)).backupConfig.diskIds).toEqual([]);
  });
});

describe("snapshots", () => {
  test("of a disk: live and off, in the document, and a failed one is removed and its id spent", async () => {
    const vmId = await newVm();
    bare.drivers.on("tm/snap_create", () => {
      throw appError("DRIVER_FAILED", { path: "tm/ssh/snap_create", exitCode: 1, reason: "no space left" });
    });
    const failed = await requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "" });
    expect(await bare.run(failed.actionId)).toMatchObject({ state: "FAILED", error: "no space left" });
    expect(calls().map(([action]) => action)).toEqual(["tm/snap_create", "tm/snap_delete"]);
    bare.drivers.calls.length = 0;
    await setState(vmId, "RUNNING");
    await done(requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "before" }));
    const dir = `${bare.core.config.datastoreLocation}/0/${vmId}`;
    expect(calls()).toEqual([
      ["tm/snap_create_live", `localhost:${dir}/disk.0`, "1", String(vmId), "0", `one-${vmId}`, "-"],
    ]);
    const vm = await read(vmId);
    expect(vm.diskSnapshots).toMatchObject([
      { diskId: 0, currentBase: 1, nextId: 2, snapshots: [{ id: 1, name: "before" }] },
    ]);
    expect(vectors(vm.template, "DISK")[0]).toMatchObject({ DISK_SNAPSHOT_TOTAL_SIZE: "64" });
    expect(await vmXml(bare.core.db, vm)).toMatch(/<SNAPSHOTS>.*<DISK_ID>0<\/DISK_ID>.*before/s);
    await done(requestDiskSnapshotDelete(bare.ctx, { vmId, diskId: 0, snapshotId: 1 }));
    expect(vectors((await read(vmId)).template, "DISK")[0]).not.toHaveProperty("DISK_SNAPSHOT_TOTAL_SIZE");
  });

  test("of the VM: the hypervisor's name is kept, used and forgotten; a failed one is removed", async () => {
    const vmId = await newVm();
    await setState(vmId, "RUNNING");
    bare.drivers.on("vmm/snapshot_create", ({ argv }) => `snap-${argv[1] ?? ""}`);
    await done(requestSystemSnapshot(bare.ctx, { vmId, name: "a" }));
    await done(requestSystemRevert(bare.ctx, { vmId, snapshotId: 0 }));
    expect(calls()).toEqual([
      ["vmm/snapshot_create", `one-${vmId}`, "0", String(vmId), "localhost", "-"],
      ["vmm/snapshot_revert", `one-${vmId}`, "snap-0", String(vmId), "localhost", "-"],
    ]);
    await done(requestSystemSnapshotDelete(bare.ctx, { vmId, snapshotId: 0 }));
    expect((await read(vmId)).template).not.toHaveProperty("SNAPSHOT");
    bare.drivers.on("vmm/snapshot_create", () => {
      throw appError("DRIVER_FAILED", { path: "vmm/kvm/snapshot_create", exitCode: 1, reason: "out of memory" });
    });
    bare.drivers.calls.length = 0;
    const failed = await requestSystemSnapshot(bare.ctx, { vmId, name: "b" });
    expect(await bare.run(failed.actionId)).toMatchObject({ state: "FAILED" });
    expect(calls().map(([action, , id]) => [action, id])).toEqual([
      ["vmm/snapshot_create", "1"],
      ["vmm/snapshot_delete", "snap-1"],
    ]);
    expect((await refusal(requestSystemRevert(bare.ctx, { vmId, snapshotId: 1 }))).code).toBe("SNAPSHOT_NOT_FOUND");
  });

  test("a revert closes the chain even when it failed half-way", async () => {
    const vmId = await newVm();
    await done(requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "old" }));
    await openChain(vmId);
    bare.drivers.on("tm/snap_revert", () => {
      throw appError("DRIVER_FAILED", { path: "tm/ssh/snap_revert", exitCode: 1, reason: "input/output error" });
    });
    const { actionId } = await requestDiskRevert(bare.ctx, { vmId, diskId: 0, snapshotId: 0 });
    expect(await bare.run(actionId)).toMatchObject({ state: "FAILED" });
    expect((await read(vmId)).backupConfig).toMatchObject({
      incrementalBackupId: -1,
      closedReason: "disk 0 was put back to snapshot old",
    });
    bare.drivers.on("tm/snap_revert", () => "");
  });
});
