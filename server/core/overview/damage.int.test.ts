import { afterAll, beforeAll, expect, test } from "vitest";
import { closeChain } from "../backup/close-chain";
import { requestBackup } from "../backup/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { updateBackupConfig } from "../vm/commands";
import { parseVm } from "../vm/rows";
import { readDamage } from "./damage";
import { getOverview } from "./queries";

const HOUR = 3_600_000;
let bare: BareCore;
let image = 700;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

const config = async (vmId: number) =>
  parseVm(await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).backupConfig;

test("a damaged newest point is urgent and goes first; older damage is told, grouped by what was found", async () => {
  const owner = await bare.user("dora");
  const datastoreId = await bare.datastore("damage");
  const now = bare.core.clock.now();
  const backedUp = async (name: string, user = owner) => {
    const vmId = await bare.vm(name, user);
    const id = image++;
    const points = [{ at: now - 3 * HOUR }, { at: now - 2 * HOUR }, { at: now - HOUR }];
    await storeBackup(bare.core.db, { id, vmId, datastoreId, uid: user.userId }, points);
    return { vmId, id };
  };
  const fail = async (imageId: number, id: number, note: string, brokenBy = id) =>
    await bare.core.db.increment.update({
      where: { imageId_id: { imageId, id } },
      data:
        brokenBy === id
          ? { verification: "failed", verificationNote: note, broken: note, brokenBy }
          : { broken: note, brokenBy },
    });
  const good = await backedUp("good");
  const [a, b] = [await backedUp("rotten-a"), await backedUp("rotten-b")];
  for (const [at, number] of [
    [a, 2],
    [b, 7],
  ] as const) {
    await fail(at.id, 1, `disk.0.${number} is missing.`);
    await fail(at.id, 2, "It needs increment 1, which is damaged.", 1);
  }
  const older = await backedUp("older");
  await fail(older.id, 0, "vm.xml is missing.");
  const silent = await backedUp("silent");
  const boot = { actionId: 1, verdict: "silent", detail: "The screen stayed black." };
  await bare.core.db.bootCheck.create({
    data: { imageId: silent.id, incrementId: 2, at: new Date(now), ...boot },
  });
  const woken = await backedUp("woken");
  for (const [incrementId, verdict] of [
    [1, "silent"],
    [2, "alive"],
  ] as const) {
    await bare.core.db.bootCheck.create({
      data: { imageId: woken.id, incrementId, at: new Date(now + incrementId), ...boot, verdict },
    });
  }
  const foreign = await backedUp("foreign", await bare.user("frank"));
  await fail(foreign.id, 2, "disk.0.2 is missing.");

  const groups = await readDamage({ core: bare.core, actor: owner });
  expect(groups.map(({ state, isUrgent, count, cause }) => [state, isUrgent, count, cause])).toEqual([
    ["damaged", true, 2, "disk.0.2 is missing."],
    ["silent", true, 1, "The screen stayed black."],
    ["damaged", false, 1, "vm.xml is missing."],
  ]);
  expect(groups[0]?.vms).toEqual([
    { id: a.vmId, name: "rotten-a", point: { imageId: a.id, incrementId: 2, isOpen: false } },
    { id: b.vmId, name: "rotten-b", point: { imageId: b.id, incrementId: 2, isOpen: false } },
  ]);
  const view = await getOverview({ core: bare.core, actor: owner });
  expect(view).toMatchObject({
    damaged: 3,
    verdict: "failing",
    attention: [{ state: "damaged" }, { state: "silent" }, {}],
  });
  expect(view.attention.flatMap((group) => group.vms.map((vm) => vm.id))).not.toContain(good.vmId);

  // A newer good point elsewhere takes the urgency away.
  await storeBackup(bare.core.db, { id: image++, vmId: a.vmId, datastoreId, uid: owner.userId }, [{ at: now }]);
  const after = await readDamage({ core: bare.core, actor: owner });
  expect(after.filter((group) => group.isUrgent).flatMap((group) => group.vms.map((vm) => vm.name))).toEqual([
    "silent",
    "rotten-b",
  ]);
});

test("closing the open chain makes the next backup a full one, by whoever may change the settings", async () => {
  const vmId = await bare.vm("closing");
  const datastoreId = await bare.datastore("closing");
  await updateBackupConfig(bare.ctx, { vmId, config: { mode: "INCREMENT" } });
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  const imageId = (await config(vmId)).incrementalBackupId;

  const stranger = await bare.user("sam");
  await expect(closeChain({ core: bare.core, actor: stranger }, imageId)).rejects.toMatchObject({
    code: "NOT_AUTHORIZED",
  });
  const next = await requestBackup(bare.ctx, { vmId, datastoreId: null, reset: false });
  await expect(closeChain(bare.ctx, imageId)).rejects.toMatchObject({ code: "BACKUP_CONFIG_LOCKED" });
  expect(await bare.run(next.actionId)).toMatchObject({ state: "DONE" });

  await closeChain(bare.ctx, imageId);
  expect(await config(vmId)).toMatchObject({
    incrementalBackupId: -1,
    lastIncrementId: -1,
    closedReason: "oneadmin closed the chain",
  });
  await expect(closeChain(bare.ctx, imageId)).rejects.toMatchObject({ code: "INVALID_INPUT" });
});
