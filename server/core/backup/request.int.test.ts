import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Actor } from "../../domain/actor";
import { BackupConfig } from "../../domain/backup-config";
import { cancelAction } from "../action/cancel";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { requestBackup } from "./request";

let bare: BareCore;
let datastoreId: number;
let owner: Actor;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
  owner = await bare.user("owner");
});

afterAll(() => bare.close());

const configOf = async (vmId: number) =>
  BackupConfig.parse((await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).backupConfig);

async function configure(vmId: number, config: Partial<BackupConfig>): Promise<void> {
  await bare.core.db.vm.update({
    where: { id: vmId },
    data: { backupConfig: { ...(await configOf(vmId)), ...config } },
  });
}

/** Everything a refused request must leave as it was. */
async function everything(vmId: number) {
  const { db } = bare.core;
  return {
    vm: await db.vm.findUnique({ where: { id: vmId } }),
    actions: await db.action.count(),
    events: await db.event.count(),
    audit: await db.auditEntry.count(),
    quotas: await db.datastoreQuota.findMany({ orderBy: [{ subject: "asc" }, { subjectId: "asc" }] }),
  };
}

const quotaOf = async (subject: "user" | "group", subjectId: number, ds = datastoreId) => {
  const row = await bare.core.db.datastoreQuota.findUnique({
    where: { subject_subjectId_datastoreId: { subject, subjectId, datastoreId: ds } },
  });
  return [row?.sizeUsedMb ?? 0, row?.imagesUsed ?? 0];
};

describe("checks of one.vm.backup, in order: each refuses and leaves nothing behind", () => {
  /** Each row breaks one more check, last check first, and expects the earliest broken one to answer. */
  const breaks: [code: string, breakIt: (vmId: number) => Promise<unknown>, request?: object][] = [
    ["VM_WRONG_STATE", (id) => bare.core.db.vm.update({ where: { id }, data: { state: "PROLOG" } })],
    ["VM_IMAGE_BUSY", (id) => configure(id, { activeFlatten: true })],
    [
      "QUOTA_EXCEEDED",
      (id) =>
        bare.core.db.vm.update({ where: { id }, data: { uid: 4711, gid: 1 } }).then(() =>
          bare.core.db.datastoreQuota.create({
            data: { subject: "user", subjectId: 4711, datastoreId, sizeLimitMb: 63 },
          }),
        ),
    ],
    ["VM_NO_DISKS", (id) => configure(id, { diskIds: [7] })],
    ["NOT_AUTHORIZED", async () => undefined],
    [
      "DATASTORE_FULL",
      async (id) => {
        await configure(id, { diskIds: [] }); // no disk needs no space
        await bare.core.db.datastore.update({ where: { id: datastoreId }, data: { freeMb: 63 } });
      },
    ],
    ["NOT_BACKUP_DATASTORE", async () => undefined, { datastoreId: 1 }],
    ["NOT_FOUND", async () => undefined, { datastoreId: 9_999 }],
    ["NO_DATASTORE", async () => undefined, { datastoreId: null }],
    ["CHAIN_IMAGE_GONE", (id) => configure(id, { mode: "INCREMENT", incrementalBackupId: 9_999, lastIncrementId: 3 })],
    [
      "VM_FILESYSTEM_DISK",
      (id) =>
        bare.core.db.vm.update({
          where: { id },
          data: { template: { DISK: [{ DISK_ID: "0", TYPE: "FILESYSTEM", SIZE: "64" }] } },
        }),
    ],
    ["VM_IN_BACKUP_JOB", (id) => configure(id, { backupJobId: 12 })],
    ["NOT_FOUND", (id) => bare.core.db.vm.update({ where: { id }, data: { state: "DONE" } })],
  ];

  test("the earliest broken check answers", async () => {
    const vmId = await bare.vm("checks", owner);
    let actor: Actor = bare.ctx.actor;
    let request = { vmId, datastoreId: datastoreId as number | null, reset: false };
    for (const [code, breakIt, change] of breaks) {
      if (code === "NOT_AUTHORIZED") actor = await bare.user("stranger");
      await breakIt(vmId);
      request = { ...request, ...change };
      const before = await everything(vmId);
      await expect(requestBackup({ core: bare.core, actor }, request), code).rejects.toMatchObject({ code });
      expect(await everything(vmId), code).toEqual(before);
    }
    await bare.core.db.datastore.update({ where: { id: datastoreId }, data: { freeMb: 90_000 } });
  });

  test("a VM that never was", async () => {
    await expect(requestBackup(bare.ctx, { vmId: 31_337, datastoreId, reset: false })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("LIMIT_MB less what is stored there is what is free; DATASTORE_CAPACITY_CHECK=NO asks nobody", async () => {
    const vmId = await bare.vm("limit", owner);
    const limited = await bare.datastore("limited");
    const setTemplate = (template: object) =>
      bare.core.db.datastore.update({ where: { id: limited }, data: { usedMb: 1_000, template } });
    await storeBackup(bare.core.db, { id: 7_001, vmId: 4_712, datastoreId: limited }, [{ sizeMb: 37 }]);
    await setTemplate({ LIMIT_MB: ["100"] });
    await expect(requestBackup(bare.ctx, { vmId, datastoreId: limited, reset: false })).rejects.toMatchObject({
      code: "DATASTORE_FULL",
      data: { needMb: 64, freeMb: 63 },
    });
    await setTemplate({ LIMIT_MB: ["10"], DATASTORE_CAPACITY_CHECK: ["no"] });
    const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId: limited, reset: false });
    expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  });

  test("the group's limit counts as well", async () => {
    const vmId = await bare.vm("group-limit", owner);
    const where = { subject_subjectId_datastoreId: { subject: "group", subjectId: 1, datastoreId } };
    await bare.core.db.datastoreQuota.upsert({
      where,
      create: { subject: "group", subjectId: 1, datastoreId, imagesLimit: 0 },
      update: { imagesLimit: 0 },
    });
    const before = await everything(vmId);
    await expect(requestBackup(bare.ctx, { vmId, datastoreId, reset: false })).rejects.toMatchObject({
      code: "QUOTA_EXCEEDED",
    });
    expect(await everything(vmId)).toEqual(before);
    await bare.core.db.datastoreQuota.update({ where, data: { imagesLimit: -1 } });
  });
});

describe("quota of the VM's owner and group", () => {
  const reserved = async (name: string) => {
    const vmId = await bare.vm(name, owner);
    const before = { user: await quotaOf("user", owner.userId), group: await quotaOf("group", 1) };
    const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
    const grown = async () => {
      const user = await quotaOf("user", owner.userId);
      const group = await quotaOf("group", 1);
      expect(user.map((used, index) => used - (before.user[index] ?? 0))).toEqual(
        group.map((used, index) => used - (before.group[index] ?? 0)),
      );
      return user.map((used, index) => used - (before.user[index] ?? 0));
    };
    return { vmId, actionId, grown };
  };

  test("the worst case is reserved, the real size is kept", async () => {
    const { actionId, grown } = await reserved("quota-success");
    expect(await grown()).toEqual([64, 1]);
    await bare.run(actionId);
    expect(await grown()).toEqual([5, 1]);
  });

  test("a failure gives everything back", async () => {
    const { vmId, actionId, grown } = await reserved("quota-failure");
    bare.drivers.on("datastore/backup", () => {
      throw new Error("disk full");
    });
    expect(await bare.run(actionId)).toMatchObject({ state: "FAILED", error: "disk full" });
    expect(await grown()).toEqual([0, 0]);
    expect(await configOf(vmId)).toMatchObject({ lastDatastoreId: null, incrementalBackupId: -1 });
    bare.drivers.on("datastore/backup", ({ document }) => `${/<BACKUP_ID>(\w+)</.exec(document)?.[1] ?? ""} 5 raw`);
  });

  test("cancelling a queued one gives everything back, and the VM", async () => {
    const { vmId, actionId, grown } = await reserved("quota-queued");
    expect((await configOf(vmId)).lastDatastoreId).toBe(datastoreId);
    await cancelAction(bare.ctx, actionId);
    expect(await grown()).toEqual([0, 0]);
    expect(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).toMatchObject({ state: "POWEROFF" });
    expect((await configOf(vmId)).lastDatastoreId).toBeNull();
    await expect(cancelAction(bare.ctx, actionId)).rejects.toMatchObject({ code: "ACTION_WRONG_STATE" });
    const audited = await bare.core.db.auditEntry.findMany({
      where: { object: "action", objectId: actionId, what: "cancel" },
    });
    expect(audited.map(({ what, result, data }) => [what, result, data])).toEqual([
      ["cancel", "done", { kind: "backup", vmId }],
    ]);
  });

  test("cancelling a running one too, and its drivers are told to clean up", async () => {
    const { vmId, actionId, grown } = await reserved("quota-running");
    const cancel = new AbortController();
    bare.drivers.on("tm/prebackup", () => {
      cancel.abort();
      return "";
    });
    const from = bare.drivers.calls.length;
    expect(await bare.run(actionId, cancel.signal)).toMatchObject({ state: "CANCELLED", error: null });
    expect(await grown()).toEqual([0, 0]);
    expect(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).toMatchObject({ state: "POWEROFF" });
    const cleaned = bare.drivers.calls.slice(from).filter((call) => !call.signal.aborted);
    expect(cleaned.map((call) => call.action)).toEqual(["postbackup", "backup_cancel", "rm"]);
    bare.drivers.on("tm/prebackup", () => "");
  });

  test("an increment reserves no image, and a failed one gives none back", async () => {
    const { vmId, actionId, grown } = await reserved("quota-increment");
    await configure(vmId, { mode: "INCREMENT" });
    await bare.run(actionId);
    expect(await grown()).toEqual([5, 1]);
    const next = await requestBackup(bare.ctx, { vmId, datastoreId: null, reset: false });
    expect(await grown()).toEqual([69, 1]);
    await bare.run(next.actionId);
    expect(await grown()).toEqual([10, 1]);
    bare.drivers.on("datastore/backup", () => {
      throw new Error("disk full");
    });
    const failed = await requestBackup(bare.ctx, { vmId, datastoreId: null, reset: false });
    await bare.run(failed.actionId);
    expect(await grown()).toEqual([10, 1]);
    expect(await configOf(vmId)).toMatchObject({ lastIncrementId: 1 });
    bare.drivers.on("datastore/backup", ({ document }) => `${/<BACKUP_ID>(\w+)</.exec(document)?.[1] ?? ""} 5 raw`);
  });
});
