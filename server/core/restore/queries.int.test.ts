import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { listRestoreSources } from "./queries";

let bare: BareCore;
let datastoreId: number;

beforeAll(async () => {
  bare = await startBareCore();
  datastoreId = await bare.datastore("repository");
});

afterAll(() => bare.close());

test("points of all READY images of a VM make one source, newest first; a VM that is gone stays", async () => {
  const { db } = bare.core;
  const vmId = await bare.vm("web");
  await storeBackup(db, { id: 501, vmId, vmName: "old name", datastoreId }, [
    { at: 1_000, storedBytes: 10 },
    { at: 2_000, storedBytes: 1 },
  ]);
  await storeBackup(db, { id: 502, vmId, vmName: "web", datastoreId }, [{ at: 5_000, storedBytes: 100 }]);
  await storeBackup(db, { id: 503, vmId, datastoreId, state: "ERROR" }, [{ at: 9_000, storedBytes: 7 }]);
  await storeBackup(db, { id: 504, vmId: 777, vmName: "gone", datastoreId }, [{ at: 6_000, storedBytes: 3 }]);
  await storeBackup(db, { id: 505, vmId: 778, vmName: "empty", datastoreId }, []);
  const gone = { vmId: 777, vmName: "gone", exists: false, pointCount: 1, newestPointAt: 6_000, storedBytes: 3 };
  const web = { vmId, vmName: "web", exists: true, pointCount: 3, newestPointAt: 5_000, storedBytes: 111 };
  expect(await listRestoreSources(bare.ctx, "")).toEqual([gone, web]);
  expect(await listRestoreSources(bare.ctx, " GONE ")).toEqual([gone]);
  expect(await listRestoreSources(bare.ctx, "nothing like it")).toEqual([]);
});

test("a search does not answer questions about VMs that the actor may not see", async () => {
  const { db } = bare.core;
  const reader = await bare.user("reader");
  const vmId = await bare.vm("hidden");
  await db.vm.update({ where: { id: vmId }, data: { name: "new name", template: { NIC: [{ IP: "10.9.8.7" }] } } });
  await storeBackup(db, { id: 510, vmId, vmName: "hidden", datastoreId, permissions: 0o604 }, [{}]);
  const find = async (text: string) =>
    (await listRestoreSources({ core: bare.core, actor: reader }, text)).map((source) => source.vmName);
  expect(await find("10.9.8.7")).toEqual([]);
  expect(await find("new name")).toEqual([]);
  expect(await find("hidden")).toEqual(["hidden"]);

  await db.vm.update({ where: { id: vmId }, data: { permissions: 0o604 } });
  expect(await find("10.9.8.7")).toEqual(["new name"]);
});
