/** Who may do what to the disks and snapshots of a VM, in which states, and what increments and snapshots forbid each other. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Actor } from "../../domain/actor";
import { AppError } from "../../domain/errors";
import { VM_STATES, type VmState } from "../../domain/states";
import { cancelAction } from "../action/cancel";
import { requestBackup } from "../backup/request";
import type { Ctx } from "../context";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { setVmOperationRights } from "../vm-operations";
import { requestDiskAttach } from "./attach";
import { updateBackupConfig } from "./commands";
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
const newVm = (actor?: Actor) => bare.vm(`vm-${count++}`, actor);
const read = async (vmId: number) => parseVm(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
const setState = (vmId: number, state: VmState) => bare.core.db.vm.update({ where: { id: vmId }, data: { state } });
const volatile = { kind: "volatile", sizeMb: 8, format: "qcow2" } as const;
const attach = (vmId: number, ctx: Ctx = bare.ctx) => requestDiskAttach(ctx, { vmId, source: volatile, target: null });
const done = async (request: Promise<{ actionId: number }>) => {
  const ended = await bare.run((await request).actionId);
  expect(ended).toMatchObject({ state: "DONE", error: null });
  return ended;
};
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

type Ask = (ctx: Ctx, vmId: number) => Promise<unknown>;
const OPERATIONS: Record<string, { operation: string; ask: Ask; states: VmState[]; what: RegExp }> = {
  attach: {
    operation: "disk-attach",
    ask: (ctx, vmId) => attach(vmId, ctx),
    states: ["RUNNING", "POWEROFF"],
    what: /^Could not add a new disk to VM \d+, wrong state BACKUP\.$/,
  },
  detach: {
    operation: "disk-attach",
    ask: (ctx, vmId) => requestDiskDetach(ctx, { vmId, diskId: 0 }),
    states: ["RUNNING", "POWEROFF"],
    what: /^Could not detach disk from VM \d+, wrong state BACKUP\.$/,
  },
  resize: {
    operation: "disk-resize",
    ask: (ctx, vmId) => requestDiskResize(ctx, { vmId, diskId: 0, sizeMb: 128 }),
    states: ["POWEROFF"],
    what: /^Could not resize disk for VM \d+, wrong state BACKUP\.$/,
  },
  "disk snapshot": {
    operation: "disk-snapshot",
    ask: (ctx, vmId) => requestDiskSnapshot(ctx, { vmId, diskId: 0, name: "" }),
    states: ["RUNNING", "POWEROFF"],
    what: /^Could not create a new snapshot for VM \d+, wrong state BACKUP\.$/,
  },
  "disk revert": {
    operation: "disk-snapshot",
    ask: (ctx, vmId) => requestDiskRevert(ctx, { vmId, diskId: 0, snapshotId: 0 }),
    states: ["POWEROFF"],
    what: /^Could not revert to disk snapshot for VM \d+, wrong state BACKUP\.$/,
  },
  "disk snapshot delete": {
    operation: "disk-snapshot",
    ask: (ctx, vmId) => requestDiskSnapshotDelete(ctx, { vmId, diskId: 0, snapshotId: 0 }),
    states: ["RUNNING", "POWEROFF"],
    what: /^Could not delete disk snapshot from VM \d+, wrong state BACKUP\.$/,
  },
  snapshot: {
    operation: "snapshot",
    ask: (ctx, vmId) => requestSystemSnapshot(ctx, { vmId, name: "" }),
    states: ["RUNNING"],
    what: /^Could not create a new snapshot for VM \d+, wrong state BACKUP\.$/,
  },
  "snapshot revert": {
    operation: "snapshot",
    ask: (ctx, vmId) => requestSystemRevert(ctx, { vmId, snapshotId: 0 }),
    states: ["RUNNING"],
    what: /^Could not revert VM \d+ to snapshot 0, wrong state BACKUP\.$/,
  },
  "snapshot delete": {
    operation: "snapshot",
    ask: (ctx, vmId) => requestSystemSnapshotDelete(ctx, { vmId, snapshotId: 0 }),
    states: ["RUNNING"],
    what: /^Could not delete snapshot 0 for VM \d+, wrong state BACKUP\.$/,
  },
};
/** A VM that has what every operation needs: one disk with a snapshot, and a system snapshot. */
const readyVm = async (name: string, actor?: Actor) => {
  const vmId = await newVm(actor);
  if (name === "disk revert" || name === "disk snapshot delete") {
    await done(requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "" }));
  }
  if (name === "snapshot revert" || name === "snapshot delete") {
    await setState(vmId, "RUNNING");
    await done(requestSystemSnapshot(bare.ctx, { vmId, name: "" }));
    await setState(vmId, "POWEROFF");
  }
  return vmId;
};

describe.each(Object.entries(OPERATIONS))("%s", (name, { operation, ask, states, what }) => {
  test("is accepted in its states only, and refused during a backup in the reference's words", async () => {
    const vmId = await readyVm(name);
    for (const state of Object.keys(VM_STATES).filter((each) => each !== "DONE") as VmState[]) {
      await setState(vmId, state);
      const before = await bare.core.db.action.count();
      if (states.includes(state)) {
        await expect(ask(bare.ctx, vmId)).resolves.toHaveProperty("actionId");
        await bare.core.db.action.deleteMany({ where: { vmId, state: "PENDING" } });
      } else {
        expect((await refusal(ask(bare.ctx, vmId))).code, state).toBe("VM_OPERATION_STATE");
        expect(await bare.core.db.action.count()).toBe(before);
        expect((await read(vmId)).state).toBe(state);
      }
    }
    await setState(vmId, "BACKUP");
    expect((await refusal(ask(bare.ctx, vmId))).message).toMatch(what);
  });

  test(`needs the right that "${operation}" is listed under`, async () => {
    const vmId = await readyVm(name, owner);
    await setState(vmId, states[0] ?? "POWEROFF");
    await bare.core.db.vm.update({ where: { id: vmId }, data: { permissions: 0o400 } }); // USE alone
    const ctx: Ctx = { core: bare.core, actor: owner };
    expect((await refusal(ask(ctx, vmId))).message).toMatch(/^You need the MANAGE right on VM/);
    await bare.core.db.user.update({
      where: { id: owner.userId },
      data: { template: { VM_USE_OPERATIONS: [operation] } },
    });
    await expect(ask(ctx, vmId)).resolves.toHaveProperty("actionId");
    await bare.core.db.user.update({ where: { id: owner.userId }, data: { template: {} } });
  });
});

describe("the lists of rights", () => {
  test("user before group before system; only administrators change the system's", async () => {
    const vmId = await newVm(owner);
    const ctx: Ctx = { core: bare.core, actor: owner };
    const backup = () => requestBackup(ctx, { vmId, datastoreId, reset: false });
    expect((await refusal(backup())).message).toMatch(/ADMIN right/);
    const lists = { admin: ["restore"], manage: ["backup"], use: [] } as const;
    const rights = { admin: [...lists.admin], manage: [...lists.manage], use: [] };
    expect((await refusal(setVmOperationRights(ctx, rights))).code).toBe("ADMIN_ONLY");
    const twice = { ...rights, use: ["backup" as const] };
    expect((await refusal(setVmOperationRights(bare.ctx, twice))).code).toBe("INVALID_INPUT");
    await bare.core.db.group.update({ where: { id: 1 }, data: { template: { VM_ADMIN_OPERATIONS: ["backup"] } } });
    await setVmOperationRights(bare.ctx, rights);
    expect((await refusal(backup())).message).toMatch(/ADMIN right/); // the group's list comes first
    await bare.core.db.group.update({ where: { id: 1 }, data: { template: {} } });
    const { actionId } = await backup();
    // Who may back up may cancel it, also when somebody else asked.
    await bare.core.db.action.update({ where: { id: actionId }, data: { actorId: 0 } });
    await cancelAction(ctx, actionId);
    expect((await read(vmId)).state).toBe("POWEROFF");
    await bare.core.db.setting.deleteMany();
  });
});

describe("increments and snapshots keep each other out", () => {
  test("with MODE=INCREMENT no snapshot is taken, also when no backup was ever taken; old ones can go", async () => {
    const vmId = await newVm();
    await done(requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "old" }));
    const { backupConfig } = await read(vmId);
    await bare.core.db.vm.update({
      where: { id: vmId },
      data: { backupConfig: { ...backupConfig, mode: "INCREMENT", configured: true } },
    });
    for (const state of ["RUNNING", "POWEROFF"] as const) {
      await setState(vmId, state);
      expect(await refusal(requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "" }))).toMatchObject({
        code: "SNAPSHOT_WITH_INCREMENTS",
        message: expect.stringMatching(/^Action "disk-snapshot-create" is not compatible with incremental backups/),
      });
      expect((await refusal(requestSystemSnapshot(bare.ctx, { vmId, name: "" }))).message).toMatch(
        /^Action "snapshot-create" is not compatible with incremental backups/,
      );
    }
    await done(requestDiskRevert(bare.ctx, { vmId, diskId: 0, snapshotId: 0 }));
    await done(requestDiskSnapshotDelete(bare.ctx, { vmId, diskId: 0, snapshotId: 0 }));
  });

  test("with snapshots MODE=INCREMENT is refused, each kind in its own words", async () => {
    const vmId = await newVm();
    const asked = () => updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT" } });
    await done(requestDiskSnapshot(bare.ctx, { vmId, diskId: 0, name: "" }));
    expect((await refusal(asked())).message).toBe(
      "VM cannot use backup increment mode, it has disks snapshots or disks are not qcow2.",
    );
    await done(requestDiskSnapshotDelete(bare.ctx, { vmId, diskId: 0, snapshotId: 0 }));
    await setState(vmId, "RUNNING");
    await done(requestSystemSnapshot(bare.ctx, { vmId, name: "" }));
    expect((await refusal(asked())).message).toBe("VM cannot use backup increment mode, it has snapshots.");
    await done(requestSystemSnapshotDelete(bare.ctx, { vmId, snapshotId: 0 }));
    await asked();
    expect((await read(vmId)).backupConfig.mode).toBe("INCREMENT");
  });
});

test("updateconf: append keeps what is not named, replace does not; not while devices change", async () => {
  const vmId = await newVm();
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT", keepLast: 4, fsFreeze: "AGENT" } });
  await openChain(vmId);
  await updateBackupConfig(bare.ctx, { vmId, config: { keepLast: 6 }, append: true });
  expect((await read(vmId)).backupConfig).toMatchObject({
    mode: "INCREMENT",
    keepLast: 6,
    fsFreeze: "AGENT",
    lastIncrementId: 2,
  });
  const { chainClosed } = await updateBackupConfig(bare.ctx, { vmId, config: { keepLast: 2 } });
  expect(chainClosed).toBe(true);
  expect((await read(vmId)).backupConfig).toMatchObject({ mode: "FULL", keepLast: 2, fsFreeze: "NONE" });
  for (const state of ["BACKUP", "BACKUP_POWEROFF", "HOTPLUG", "HOTPLUG_PROLOG_POWEROFF", "SUSPENDED"] as const) {
    await setState(vmId, state);
    expect((await refusal(updateBackupConfig(bare.ctx, { vmId, config: {}, append: true }))).message).toBe(
      `configuration cannot be updated in state ${state}`,
    );
  }
});
