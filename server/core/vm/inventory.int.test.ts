import { afterAll, beforeAll, expect, test } from "vitest";
import { createJob } from "../job/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { heardDb } from "../testing/heard-db";
import { storeBackup } from "../testing/points";
import { chooseVms, listVms, readVmFacets } from "./inventory";

const PAGE = { offset: 0, limit: 50, descending: false };
const HOUR = 3_600_000;
let bare: BareCore;
let nightly: number;

beforeAll(async () => {
  bare = await startBareCore();
  const { ctx, core } = bare;
  const datastoreId = await bare.datastore("repository");
  const now = core.clock.now();
  const hella = await bare.user("hella");
  const ids = {
    a: await bare.vm("web-a"),
    b: await bare.vm("web-b", hella),
    c: await bare.vm("db_c"),
    d: await bare.vm("dbXc"),
  };
  await storeBackup(core.db, { id: 501, vmId: ids.a, datastoreId }, [{ at: now - HOUR, storedBytes: 10 }]);
  await storeBackup(core.db, { id: 502, vmId: ids.b, datastoreId }, [{ at: now - 50 * HOUR, storedBytes: 700 }]);
  await core.db.vm.update({ where: { id: ids.a }, data: { userTemplate: { LABELS: ["gold, web"] } } });
  const policy = { exclusions: [{ vmId: ids.d, reason: "a copy of another" }] };
  ({ jobId: nightly } = await createJob(ctx, { name: "nightly one", vmIds: [ids.a, ids.b], datastoreId, policy }));
});

afterAll(() => bare.close());

async function found(search: string, actor = bare.ctx.actor): Promise<string[]> {
  const ctx = { ...bare.ctx, actor };
  const page = await listVms(ctx, { ...PAGE, search, sort: "name" });
  expect(page.total).toBe(page.rows.length);
  const chosen = await chooseVms(ctx, { search });
  expect([...chosen].sort()).toEqual(page.rows.map((row) => row.id).sort());
  return page.rows.map((row) => row.name);
}

test("a search is words and conditions; what is typed is text and no pattern", async () => {
  const all = ["db_c", "dbXc", "web-a", "web-b"];
  expect(await found("")).toEqual(all);
  expect(await found("WEB")).toEqual(["web-a", "web-b"]);
  expect(await found("db_")).toEqual(["db_c"]);
  expect(await found("%")).toEqual([]);
  expect(await found("web -web-b")).toEqual(["web-a"]);
  expect(await found("status:late")).toEqual(["web-b"]);
  expect(await found("status:late status:never")).toEqual(["db_c", "web-b"]);
  expect(await found("status:excluded")).toEqual(["dbXc"]);
  expect(await found('job:"nightly one"')).toEqual(["web-a", "web-b"]);
  expect(await found("job:=nightly")).toEqual([]);
  expect(await found("job:none")).toEqual(["db_c", "dbXc"]);
  expect(await found("-job:nightly")).toEqual(["db_c", "dbXc"]);
  expect(await found("owner:hel")).toEqual(["web-b"]);
  expect(await found("owner:me")).toEqual(["db_c", "dbXc", "web-a"]);
  expect(await found("label:=web")).toEqual(["web-a"]);
  expect(await found("excluded:yes")).toEqual(["dbXc"]);
  expect(await found("disk:qcow2 -disk:vdb")).toEqual(all);
  expect(await found("disk:raw")).toEqual([]);
  expect(await found("mode:full chain:0 state:poweroff host:localhost")).toEqual(all);
  expect(await found("chain:>0")).toEqual([]);
  expect(await found("", await bare.user("hanno"))).toEqual([]);
});

test("order and pages are the database's, and the number of queries does not grow", async () => {
  const names = async (sort: string, descending = false) =>
    (await listVms(bare.ctx, { ...PAGE, limit: 2, sort, descending })).rows.map((row) => row.name);
  expect(await names("storedBytes", true)).toEqual(["web-b", "web-a"]);
  expect(await names("newestPointAt", true)).toEqual(["web-a", "web-b"]);
  expect(await names("protection")).toEqual(["db_c", "web-b"]);
  const second = await listVms(bare.ctx, { ...PAGE, offset: 2, limit: 2, sort: "name" });
  expect(second).toMatchObject({
    total: 4,
    rows: [
      { name: "web-a", jobId: nightly, jobName: "nightly one", pointCount: 1, storedBytes: 10, excludedReason: null },
      { name: "web-b", protection: "late" },
    ],
  });
  expect(await listVms(bare.ctx, { ...PAGE, offset: 100 })).toEqual({ rows: [], total: 4 });

  const queries = async (limit: number) => {
    let count = 0;
    const db = heardDb(bare.core.db, () => count++);
    await listVms({ ...bare.ctx, core: { ...bare.core, db } }, { ...PAGE, limit });
    return count;
  };
  expect(await queries(4)).toBe(await queries(1));
});

test("a facet counts what a click on it would show: the search without its own conditions", async () => {
  const facets = await readVmFacets(bare.ctx, { search: "web status:late" });
  expect(facets.status).toEqual([
    { value: "late", count: 1 },
    { value: "protected", count: 1 },
  ]);
  expect(facets.job).toEqual([{ value: "nightly one", count: 1 }]);
  expect(facets.owner).toEqual([{ value: "hella", count: 1 }]);
  const all = await readVmFacets(bare.ctx, {});
  expect(all.job).toEqual([
    { value: "nightly one", count: 2 },
    { value: "none", count: 2 },
  ]);
});
