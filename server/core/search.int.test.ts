import { afterAll, beforeAll, expect, test } from "vitest";
import { createJob } from "./job/commands";
import { findObjects } from "./search";
import { type BareCore, startBareCore } from "./testing/bare-core";
import { storeBackup } from "./testing/points";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

test("objects are found by a part of their name and by their number, those one may use only", async () => {
  const owner = await bare.user("fred");
  const stranger = await bare.user("gerd");
  const vmId = await bare.vm("Web_100%", owner);
  const other = await bare.vm("web-two", stranger);
  const find = (text: string, actor = owner) => findObjects({ core: bare.core, actor }, { text });
  expect(await find("WEB")).toEqual([{ kind: "vm", id: vmId, name: "Web_100%", vmId, hint: null, isGone: false }]);
  expect(await find("b_1")).toHaveLength(1);
  expect(await find("b_t", bare.ctx.actor)).toEqual([]);
  expect(
    (await find(`#${other}`, stranger)).filter(({ kind }) => kind === "vm").map(({ kind, id }) => [kind, id]),
  ).toEqual([["vm", other]]);
  expect((await find(`#${other}`)).filter(({ kind }) => kind === "vm")).toEqual([]);
  expect((await find("web", bare.ctx.actor)).map(({ id }) => id)).toEqual([other, vmId]);
});

test("VMs are found by letters of their name in order, by an address and by a label; jobs by letters; the closest first", async () => {
  const { db } = bare.core;
  const [exact, letters] = [await bare.vm("db-01"), await bare.vm("db-prod-01")];
  const marked = await bare.vm("marked");
  const template = { NIC: [{ NIC_ID: "0", IP: "10.9.8.7" }] };
  await db.vm.update({ where: { id: marked }, data: { template, userTemplate: { LABELS: ["gold, Night"] } } });
  await createJob(bare.ctx, { name: "nightly" });
  const found = async (text: string) =>
    (await findObjects(bare.ctx, { text })).map(({ kind, name, hint }) => [kind, name, hint]);
  expect(await found("db01")).toEqual([
    ["vm", "db-01", null],
    ["vm", "db-prod-01", null],
  ]);
  expect((await findObjects(bare.ctx, { text: "db-01" })).map(({ id }) => id)).toEqual([exact, letters]);
  expect(await found("10.9.8")).toEqual([["vm", "marked", "10.9.8.7"]]);
  expect(await found("night")).toEqual([
    ["vm", "marked", "Night"],
    ["job", "nightly", null],
  ]);
  expect(await found("nghtly")).toEqual([["job", "nightly", null]]);
  expect(await found("%%%")).toEqual([]);
});

test("a backup is found by its VM, and says when that is gone", async () => {
  const owner = await bare.user("hana");
  const vmId = await bare.vm("archive-vm", owner);
  const datastoreId = await bare.datastore("store");
  await storeBackup(bare.core.db, { id: 500, vmId, vmName: "archive-vm", datastoreId, uid: owner.userId }, [{}]);
  const find = async () =>
    (await findObjects({ core: bare.core, actor: owner }, { text: "archive" })).map(({ kind, isGone }) => [
      kind,
      isGone,
    ]);
  expect(await find()).toEqual([
    ["vm", false],
    ["backup", false],
  ]);
  await bare.core.db.vm.update({ where: { id: vmId }, data: { state: "DONE" } });
  expect(await find()).toEqual([["backup", true]]);
});
