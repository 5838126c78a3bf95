import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { exportEvidence, readEvidence } from "./evidence";
import { exportRunReport, readRunReport } from "./runs";

const DAY = 86_400_000;
let bare: BareCore;
let now: number;

beforeAll(async () => {
  bare = await startBareCore();
  now = bare.core.clock.now();
});
afterAll(() => bare.close());

let actionId = 700;
/** A run that began `daysAgo` and took a minute. */
async function ran(kind: string, state: string, daysAgo: number, more: object = {}): Promise<number> {
  const startedAt = new Date(now - daysAgo * DAY);
  const endedAt = new Date(startedAt.getTime() + 60_000);
  const id = actionId++;
  const who = { actorId: 0, actorName: "oneadmin", input: {}, progress: {} };
  await bare.core.db.action.create({ data: { id, kind, state, startedAt, endedAt, ...who, ...more } });
  return id;
}

test("runs are counted by VM and period; filters, order, pages, CSV; each sees what it may", async () => {
  const owner = await bare.user("hella");
  const good = await bare.vm("a-good", owner);
  const bad = await bare.vm("=b-bad", owner);
  const foreign = await bare.vm("c-foreign");
  await ran("backup", "DONE", 1, { vmId: good, bytes: 100n });
  await ran("backup", "DONE", 2, { vmId: good, bytes: 50n, warnings: ["slow"], jobId: 5 });
  await ran("backup", "DONE", 40, { vmId: good, bytes: 7n });
  await ran("restore", "FAILED", 1, { vmId: good });
  await ran("backup", "FAILED", 3, { vmId: bad, error: "older" });
  const failed = await ran("backup", "FAILED", 1, { vmId: bad, error: "no space" });
  await ran("backup", "CANCELLED", 1, { vmId: bad });
  await ran("backup", "DONE", 1, { vmId: foreign, bytes: 1n });
  const ctx = { core: bare.core, actor: owner };

  expect(await readRunReport(ctx, {})).toEqual({
    total: 2,
    sum: { done: 2, warned: 1, failed: 2, cancelled: 1, bytes: 150 },
    rows: [
      {
        ...{ vmId: bad, vmName: "=b-bad", done: 0, warned: 0, failed: 2, cancelled: 1, bytes: 0 },
        ...{ meanSeconds: null, failedActionId: failed, failure: "no space" },
      },
      {
        ...{ vmId: good, vmName: "a-good", done: 2, warned: 1, failed: 0, cancelled: 0, bytes: 150 },
        ...{ meanSeconds: 60, failedActionId: null, failure: null },
      },
    ],
  });
  expect((await readRunReport(ctx, { days: 90, search: "good" })).rows).toMatchObject([{ done: 3, bytes: 157 }]);
  expect((await readRunReport(ctx, { jobId: 5 })).rows).toMatchObject([{ vmId: good, done: 1 }]);
  expect((await readRunReport(ctx, { search: String(bad) })).rows).toMatchObject([{ vmId: bad }]);
  const byName = async (descending: boolean) =>
    (await readRunReport(ctx, { sort: "vmName", descending })).rows.map((row) => row.vmId);
  expect(await byName(true)).toEqual((await byName(false)).reverse());
  expect(await readRunReport(ctx, { offset: 1, limit: 1 })).toMatchObject({ total: 2, rows: [{ vmId: good }] });
  expect(await readRunReport(ctx, { offset: 50 })).toMatchObject({ total: 2, rows: [], sum: { failed: 2 } });
  expect((await readRunReport(bare.ctx, {})).total).toBe(3);

  const lines = (await exportRunReport(ctx, {})).csv.trim().split("\n");
  expect(lines).toHaveLength(3);
  // A name that a spreadsheet would run is text.
  expect(lines[1]).toMatch(new RegExp(`^${bad},'=b-bad,0,0,2,1,0,,${failed},no space,`));
});

test("evidence is what was proven of each VM, with the time it took; what was never looked at comes first", async () => {
  const owner = await bare.user("hanno");
  const datastoreId = await bare.datastore("evidence");
  const stored = async (name: string, id: number, points: { broken?: string }[]) => {
    const vmId = await bare.vm(name, owner);
    await storeBackup(bare.core.db, { id, vmId, datastoreId, uid: owner.userId }, points);
    return vmId;
  };
  const proven = await stored("proven", 801, [{}, {}, { broken: "gone" }]);
  const unproven = await stored("unproven", 802, [{}]);
  await storeBackup(bare.core.db, { id: 803, vmId: 999, datastoreId, vmName: "of another", permissions: 0o600 }, [{}]);
  await bare.core.db.increment.update({
    where: { imageId_id: { imageId: 801, id: 1 } },
    data: { verification: "verified", verifiedAt: new Date(now - DAY) },
  });
  const boot = async (incrementId: number, at: number, bootSeconds: number | null) =>
    await bare.core.db.bootCheck.create({
      data: {
        ...{ imageId: 801, incrementId, at: new Date(at), actionId: incrementId, verdict: "alive", detail: "" },
        ...{ restoreSeconds: 30, bootSeconds },
      },
    });
  await boot(0, now - 2 * DAY, 12);
  await boot(1, now - 5 * DAY, 99);
  const restore = await ran("restore", "DONE", 1, { imageId: 801 });
  await ran("restore", "FAILED", 0, { imageId: 801 });
  const ctx = { core: bare.core, actor: owner };

  const { rows, total } = await readEvidence(ctx, {});
  expect(total).toBe(2);
  expect(rows).toMatchObject([
    { vmId: unproven, points: 1, verified: 0, verifiedAt: null, bootedAt: null, restoredAt: null },
    {
      ...{ vmId: proven, vmName: "proven", points: 3, verified: 1, broken: 1, verifiedAt: now - DAY },
      ...{ bootedAt: now - 2 * DAY, bootVerdict: "alive", bootActionId: 0, bootRtoSeconds: 42 },
      ...{ restoredAt: now - DAY + 60_000, restoreActionId: restore, restoreSeconds: 60 },
    },
  ]);
  expect((await readEvidence(ctx, { search: "unpro" })).rows).toMatchObject([{ vmId: unproven }]);
  expect((await readEvidence(bare.ctx, {})).total).toBe(3);
  const { csv } = await exportEvidence(ctx, { search: "unpro" });
  expect(csv.trim().split("\n")[1]).toBe(`${unproven},unproven,1,0,0,,,,,,,,`);
});
