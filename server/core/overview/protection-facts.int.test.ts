import { afterAll, beforeAll, expect, test } from "vitest";
import { attentionKey } from "../../domain/mute";
import { exportCapacity, readCapacityHistory } from "../datastore/history";
import { refreshDatastore } from "../datastore/monitor";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { muteCause, unmuteCause } from "./mutes";
import { readProtectionFacts } from "./protection-facts";
import { getOverview } from "./queries";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("ages count against the target of each VM, checks by their time; others' VMs are not there", async () => {
  const owner = await bare.user("hella");
  const now = bare.core.clock.now();
  const datastoreId = await bare.datastore("curve");
  let image = 500;
  const backedUp = async (name: string, ageHours: number | null, user = owner) => {
    const vmId = await bare.vm(name, user);
    const id = image++;
    if (ageHours !== null) {
      await storeBackup(bare.core.db, { id, vmId, datastoreId, uid: user.userId }, [{ at: now - ageHours * HOUR }]);
    }
    return { vmId, id };
  };
  // The general target is 26 hours.
  const young = await backedUp("young", 1);
  const middle = await backedUp("middle", 20);
  const late = await backedUp("late", 30);
  await backedUp("forgotten", 24 * 30);
  await backedUp("never", null);
  await backedUp("foreign", 1, await bare.user("hanno"));

  const point = (imageId: number) => ({ where: { imageId_id: { imageId, id: 0 } } });
  const checked = async (id: number, days: number, verification = "verified") =>
    await bare.core.db.increment.update({
      ...point(id),
      data: { verification, verifiedAt: new Date(now - days * DAY) },
    });
  await checked(young.id, 6);
  await checked(middle.id, 8);
  const boot = async (imageId: number, verdict: string, days: number) =>
    await bare.core.db.bootCheck.create({
      data: { imageId, incrementId: 0, at: new Date(now - days * DAY), actionId: 1, verdict, detail: "" },
    });
  await boot(middle.id, "alive", 29);
  await boot(young.id, "silent", 1);
  const run = {
    actorId: 0,
    actorName: "oneadmin",
    input: {},
    progress: {},
    warnings: [],
    endedAt: new Date(now - DAY),
  };
  await bare.core.db.action.createMany({
    data: [
      { ...run, id: 900, kind: "restore", state: "DONE", imageId: late.id },
      { ...run, id: 901, kind: "restore", state: "FAILED", imageId: young.id },
    ],
  });

  expect(await readProtectionFacts({ core: bare.core, actor: owner })).toEqual({
    vms: 5,
    never: 1,
    curve: [1, 0, 0, 1, 1, 0, 1],
    verified: 1,
    tested: 2,
  });
});

test("the last measurement of each day is kept, and the owner's datastores lead somewhere", async () => {
  const datastoreId = await bare.datastore("growing");
  const measure = async (usedMb: number) => {
    bare.drivers.on("datastore/monitor", () => `USED_MB=${usedMb}\nTOTAL_MB=10000\nFREE_MB=${10_000 - usedMb}`);
    await refreshDatastore(bare.core, datastoreId, AbortSignal.timeout(10_000));
  };
  const history = async () => (await readCapacityHistory(bare.ctx)).find((row) => row.id === datastoreId);
  for (let day = 0; day < 8; day++) {
    await measure(1);
    await measure(1000 + 100 * day);
    if (day === 2) expect((await history())?.trend).toBeNull();
    if (day < 7) bare.clock.advance(DAY);
  }
  const found = await history();
  expect(found?.days.map((each) => each.usedMb)).toEqual([1000, 1100, 1200, 1300, 1400, 1500, 1600, 1700]);
  expect(found?.trend).toMatchObject({ mbPerDay: expect.closeTo(100, 6), daysToFull: expect.closeTo(83, 6) });
  const lines = (await exportCapacity(bare.ctx)).csv.trim().split("\n");
  expect(lines[0]).toBe("datastore id,datastore,day,used MiB,free MiB");
  expect(lines.at(-1)).toMatch(new RegExp(`^${datastoreId},growing,\\d{4}-\\d\\d-\\d\\d,1700,8300$`));
  // A driver that does not answer leaves no day behind.
  bare.drivers.on("datastore/monitor", () => "nonsense");
  bare.clock.advance(DAY);
  await refreshDatastore(bare.core, datastoreId, AbortSignal.timeout(10_000));
  expect((await history())?.days).toHaveLength(8);
});

test("a muted cause is put aside for its user until its time, and comes back; the counts stay", async () => {
  const { ctx, clock } = bare;
  const other = { ...ctx, actor: await bare.user("olga") };
  const found = async (of = ctx) => {
    const { attention, vms } = await getOverview(of);
    const group = attention.find(({ state }) => state === "never");
    return { muted: group?.muted ?? null, key: group === undefined ? "" : attentionKey(group), never: vms.never };
  };
  await bare.vm("untouched");
  await bare.vm("of-olga", other.actor);
  const { key, never } = await found();
  const mute = { key, until: clock.now() + DAY, reason: "being set up" };
  await muteCause(ctx, mute);
  expect(await found()).toEqual({ muted: mute, key, never });
  expect((await found(other)).muted).toBeNull();
  await unmuteCause(ctx, key);
  expect((await found()).muted).toBeNull();
  await muteCause(ctx, mute);
  clock.advance(DAY + 1);
  expect((await found()).muted).toBeNull();
  for (const until of [clock.now(), clock.now() + 91 * DAY]) {
    await expect(muteCause(ctx, { ...mute, until })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  }
});
