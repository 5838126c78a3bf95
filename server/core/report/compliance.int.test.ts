import { afterAll, beforeAll, expect, test } from "vitest";
import { createJob } from "../job/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { heardDb } from "../testing/heard-db";
import { storeBackup } from "../testing/points";
import { updateBackupConfig } from "../vm/commands";
import { getVm } from "../vm/queries";
import { exportCompliance, readCompliance } from "./compliance";

const HOUR = 3_600_000;
let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("targets of VM, job and Strata; states, filters, pages, CSV; each sees what it may; queries do not grow", async () => {
  const { ctx, core, clock } = bare;
  const datastoreId = await bare.datastore("compliance");
  const now = clock.now();
  const backedUp = async (name: string, imageId: number, ages: number[]) => {
    const vmId = await bare.vm(name);
    await storeBackup(
      core.db,
      { id: imageId, vmId, datastoreId },
      ages.map((age) => ({ at: now - age * HOUR })),
    );
    return vmId;
  };
  const own = await backedUp("own", 9001, [50, 2]);
  const ofJob = await backedUp("of-job", 9002, [30, 3]);
  const general = await backedUp("general", 9003, [25]);
  const excluded = await bare.vm("=left-out");
  const never = await bare.vm("never");
  await updateBackupConfig(ctx, { vmId: own, config: { rpoMinutes: 60 } });
  const { jobId } = await createJob(ctx, {
    name: "nightly",
    vmIds: [ofJob],
    datastoreId,
    policy: { rpoMinutes: 240, exclusions: [{ vmId: excluded, reason: "a copy of another" }] },
  });

  const report = await readCompliance(ctx, {});
  expect(report.counts).toEqual({ in: 2, out: 1, never: 1, excluded: 1 });
  expect(report.rows).toMatchObject([
    { vmId: own, state: "out", target: { rpoMinutes: 60, from: "vm" }, jobId: null, newestPointAt: now - 2 * HOUR },
    { vmId: never, state: "never", target: { rpoMinutes: 26 * 60, from: "default" }, newestPointAt: null },
    { vmId: excluded, state: "excluded", excludedReason: "a copy of another" },
    { vmId: ofJob, state: "in", target: { rpoMinutes: 240, from: "job" }, jobId, jobName: "nightly" },
    { vmId: general, state: "in" },
  ]);
  expect(report.rows[3]?.history.slice(-3)).toEqual(["none", "out", "out"]);
  expect(report.rows[1]?.history.every((day) => day === "none")).toBe(true);
  // The inventory judges by the same target.
  expect(await getVm(ctx, own)).toMatchObject({ protection: "late", target: { rpoMinutes: 60, from: "vm" } });

  expect(await readCompliance(ctx, { state: "in", limit: 1, offset: 1 })).toMatchObject({
    total: 2,
    rows: [{ vmId: general }],
  });
  expect((await readCompliance(ctx, { jobId })).rows.map((row) => row.vmId)).toEqual([ofJob]);
  expect((await readCompliance(ctx, { search: "gener" })).rows.map((row) => row.vmId)).toEqual([general]);
  expect((await readCompliance(ctx, { sort: "newestPointAt", descending: true })).rows[0]?.vmId).toBe(own);

  const { csv } = await exportCompliance(ctx, {});
  const lines = csv.trim().split("\n");
  expect(lines).toHaveLength(6);
  expect(lines[1]).toBe(`${own},own,out,60,vm,${new Date(now - 2 * HOUR).toISOString()},120,,,,3,3`);
  // A name that a spreadsheet would run is text.
  expect(csv).toContain("'=left-out");

  const stranger = await bare.user("compliance-stranger");
  expect(await readCompliance({ ...ctx, actor: stranger }, {})).toMatchObject({ rows: [], total: 0 });

  const queries = async () => {
    let count = 0;
    const db = heardDb(core.db, () => count++);
    await readCompliance({ ...ctx, core: { ...core, db } }, {});
    return count;
  };
  const before = await queries();
  for (let n = 0; n < 10; n++) await backedUp(`more-${n}`, 9100 + n, [n, 3 * n + 1]);
  expect(await queries()).toBe(before);
});
