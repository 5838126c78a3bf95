import { afterAll, beforeAll, expect, test } from "vitest";
import type { BulkOrder } from "../../domain/vm";
import { createJob } from "../job/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { deleteView, listViews, saveView } from "../view/views";
import { actOnVms } from "./bulk";
import { exportVms } from "./export";
import { listVms } from "./inventory";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("a plan says what the order would do and changes nothing; the order does it to whom it can", async () => {
  const { ctx, core } = bare;
  const datastoreId = await bare.datastore("repository");
  const hella = await bare.user("hella");
  const [free, taken, foreign] = [
    await bare.vm("free", hella),
    await bare.vm("taken", hella),
    await bare.vm("foreign"),
  ];
  await createJob(ctx, { name: "nightly", vmIds: [taken] });
  await core.db.vm.updateMany({ where: { id: { in: [free, taken] } }, data: { permissions: 0o700 } });
  const asHella = { ...ctx, actor: hella };
  const order = { vmIds: [free, taken, foreign, 999], work: { what: "backup" as const, datastoreId } };

  const plan = await actOnVms(asHella, order, { isPlan: true });
  expect(plan.map(({ vmId, name, reason }) => [vmId, name, reason === null])).toEqual([
    [free, "free", true],
    [taken, "taken", false],
    [foreign, `VM ${foreign}`, false],
    [999, "VM 999", false],
  ]);
  expect(await core.db.action.count()).toBe(0);
  expect(await core.db.vm.count({ where: { state: "POWEROFF" } })).toBe(3);

  expect(await actOnVms(asHella, order, { isPlan: false })).toEqual(plan);
  expect(await core.db.action.findMany({ select: { vmId: true, state: true } })).toEqual([
    { vmId: free, state: "PENDING" },
  ]);
});

test("VMs join a job one by one, and those of another job stay there", async () => {
  const { ctx, core } = bare;
  const [one, two, three] = [await bare.vm("one"), await bare.vm("two"), await bare.vm("three")];
  await createJob(ctx, { name: "first", vmIds: [one] });
  const { jobId } = await createJob(ctx, { name: "second", vmIds: [two] });
  const order = { vmIds: [one, two, three], work: { what: "job" as const, jobId } };
  const joined = async (isPlan: boolean) =>
    (await actOnVms(ctx, order, { isPlan })).map((outcome) => outcome.reason === null);
  expect(await joined(true)).toEqual([false, true, true]);
  expect(await core.db.backupJob.findUnique({ where: { id: jobId } })).toMatchObject({ vmIds: [two] });
  expect(await joined(false)).toEqual([false, true, true]);
  expect(await core.db.backupJob.findUnique({ where: { id: jobId } })).toMatchObject({ vmIds: [two, three] });
});

test("targets, labels and reasons for leaving out: of each VM whose settings one may change, and told to the audit log", async () => {
  const { ctx, core, clock } = bare;
  const hella = await bare.user("heike");
  const asHella = { ...ctx, actor: hella };
  const [mine, foreign] = [await bare.vm("mine", hella), await bare.vm("not-mine")];
  await core.db.vm.update({
    where: { id: mine },
    data: { permissions: 0o700, userTemplate: { LABELS: ["old, gold"] } },
  });
  const vmIds = [mine, foreign];
  const does = async (work: BulkOrder["work"], isPlan = false) =>
    (await actOnVms(asHella, { vmIds, work }, { isPlan })).map((outcome) => outcome.reason === null);
  const row = async () => {
    const { rows } = await listVms(asHella, { offset: 0, limit: 10, descending: false, search: "mine" });
    return rows.find((each) => each.id === mine);
  };
  const before = await row();

  const leftOut = { reason: "=being moved", until: clock.now() + 60_000 };
  const orders: BulkOrder["work"][] = [
    { what: "rpo", rpoMinutes: 90 },
    { what: "labels", add: ["new", "gold"], remove: ["old"] },
    { what: "leave-out", leftOut },
  ];
  for (const work of orders) expect(await does(work, true)).toEqual([true, false]);
  expect(await row()).toEqual(before);
  for (const work of orders) expect(await does(work)).toEqual([true, false]);
  expect(await row()).toMatchObject({
    target: { rpoMinutes: 90, from: "vm" },
    labels: ["gold", "new"],
    protection: "excluded",
    excludedReason: leftOut.reason,
    excludedUntil: leftOut.until,
  });
  const told = await core.db.auditEntry.findMany({ where: { userId: hella.userId }, select: { what: true } });
  expect(told.map((entry) => entry.what).sort()).toEqual(["backup-config", "backup-config", "template-update"]);

  const { csv } = await exportVms(asHella, { vmIds: [mine, foreign] });
  const lines = csv.trim().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`"gold, new"`);
  expect(lines[1]).toContain(`,'=being moved,`);
  expect((await exportVms(asHella, { search: "status:excluded" })).csv).toBe(csv);

  clock.advance(60_001);
  expect(await row()).toMatchObject({ protection: "never", excludedReason: null, excludedUntil: null });
  await expect(
    actOnVms(asHella, { vmIds, work: { what: "leave-out", leftOut } }, { isPlan: true }),
  ).resolves.toMatchObject([
    { vmId: mine, reason: expect.stringContaining("past") },
    { vmId: foreign, reason: expect.anything() },
  ]);
});

test("a view is its user's own; the same name replaces it", async () => {
  const hanno = { ...bare.ctx, actor: await bare.user("hanno") };
  await saveView(hanno, { list: "vms", name: " Gold ", query: "label:gold" });
  await saveView(hanno, { list: "vms", name: "Gold", query: "label:=gold" });
  const [view, ...others] = await listViews(hanno, { list: "vms" });
  expect([view?.name, view?.query, others]).toEqual(["Gold", "label:=gold", []]);
  expect(await listViews(bare.ctx, { list: "vms" })).toEqual([]);
  await deleteView(bare.ctx, view?.id ?? -1);
  expect(await listViews(hanno, { list: "vms" })).toHaveLength(1);
  await deleteView(hanno, view?.id ?? -1);
  expect(await listViews(hanno, { list: "vms" })).toEqual([]);
});
