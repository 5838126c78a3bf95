import { afterAll, beforeAll, expect, test } from "vitest";
import { createJobFromForm, updateJob } from "../job/commands";
import { getJob } from "../job/queries";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { storeBackup } from "../testing/points";
import { listVmChains } from "../vm/queries";
import { parseVm } from "../vm/rows";
import { previewRetention } from "./preview";

const DAY = 86_400_000;
let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});
afterAll(() => bare.close());

test("the next backup of a job's VM has the job's rules, time and planned chain reset", async () => {
  const { ctx, core, clock } = bare;
  const vmId = await bare.vm("member");
  const datastoreId = await bare.datastore("member");
  const planned = Math.floor((clock.now() + DAY) / 1000);
  const { jobId } = await createJobFromForm(ctx, {
    name: "nightly",
    vmIds: [vmId],
    datastoreId,
    mode: "INCREMENT",
    keepLast: 2,
    schedules: [{ time: planned, repeat: "weekly", days: [0, 1, 2, 3, 4, 5, 6], zone: "UTC" }],
  });
  await storeBackup(
    core.db,
    { id: 9500, vmId, datastoreId },
    [3, 2, 1].map((age) => ({ at: clock.now() - age * DAY })),
  );
  const { backupConfig } = parseVm(await core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
  await core.db.vm.update({
    where: { id: vmId },
    data: {
      backupConfig: {
        ...backupConfig,
        configured: true,
        mode: "INCREMENT",
        incrementMode: "CBT",
        incrementalBackupId: 9500,
        lastIncrementId: 2,
      },
    },
  });

  const preview = await previewRetention(ctx, { vmId });
  expect(preview).toMatchObject({
    jobId,
    policy: { keepLast: 2 },
    next: { at: planned * 1000, isPlanned: true, type: "INCREMENT" },
    merges: [{ imageId: 9500, merged: [0, 1], firstId: 2 }],
  });
  const [chain] = await listVmChains(ctx, vmId);
  expect(chain).toMatchObject({ isOpen: true });
  expect(chain?.points.map((point) => point.fate?.fate)).toEqual(["merge", "merge", "keep"]);
  expect(chain?.points[0]?.fate?.at).toBe(planned * 1000);

  // A new chain closes this one, and GFS keeps its newest of the week.
  const { settings } = await getJob(ctx, jobId);
  const policy = {
    ...settings.policy,
    newChain: { everyRuns: 3, everyDays: 0 },
    gfs: { hourly: 0, daily: 1, weekly: 2, monthly: 0, yearly: 0, zone: null },
  };
  await updateJob(ctx, { jobId, settings: { ...settings, keepLast: 0, policy } });
  expect(await previewRetention(ctx, { vmId })).toMatchObject({
    next: { type: "FULL" },
    merges: [{ imageId: 9500, merged: [0, 1], firstId: 2 }],
  });
  // A mode that is tried out begins anew as well.
  const tried = await previewRetention(ctx, { vmId, policy: { keepLast: 1, gfs: settings.policy.gfs, mode: "FULL" } });
  expect(tried).toMatchObject({ jobId: null, next: { type: "FULL" }, deletions: [{ imageId: 9500 }] });
});
