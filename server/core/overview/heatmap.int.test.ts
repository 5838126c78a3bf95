import { afterAll, beforeAll, expect, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { readHeatmap } from "./heatmap";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

test("each run counts on the day of the reader's zone; the VM that failed comes first; others' VMs are not there", async () => {
  const owner = await bare.user("hella");
  const stranger = await bare.user("hanno");
  const good = await bare.vm("a-good", owner);
  const bad = await bare.vm("b-bad", owner);
  const foreign = await bare.vm("c-foreign", stranger);
  const now = bare.core.clock.now();
  const endedAt = new Date(new Date(now).setUTCHours(23, 30, 0, 0) - 2 * 86_400_000);
  const run = { kind: "backup", actorId: owner.userId, actorName: owner.name, input: {}, progress: {}, endedAt };
  await bare.core.db.action.createMany({
    data: [
      { ...run, id: 900, vmId: good, state: "DONE", warnings: [] },
      { ...run, id: 901, vmId: bad, state: "FAILED", warnings: [] },
      { ...run, id: 902, vmId: foreign, state: "FAILED", warnings: [] },
      { ...run, id: 903, vmId: good, state: "DONE", warnings: [], kind: "restore" },
      { ...run, id: 904, vmId: good, state: "FAILED", warnings: [], endedAt: new Date(now - 40 * 86_400_000) },
    ],
  });
  const view = async (zone: string) =>
    await readHeatmap({ core: bare.core, actor: owner }, { zone, offset: 0, limit: 20 });
  const utc = await view("UTC");
  expect(utc.total).toBe(2);
  expect(utc.rows.map((row) => row.vmId)).toEqual([bad, good]);
  const found = ({ days, rows }: typeof utc) =>
    rows.map((row) =>
      row.days.flatMap(({ result, actionId }, index) => (actionId === null ? [] : [[days[index], result, actionId]])),
    );
  const day = endedAt.toISOString().slice(0, 10);
  const next = new Date(endedAt.getTime() + 86_400_000).toISOString().slice(0, 10);
  expect(found(utc)).toEqual([[[day, "fail", 901]], [[day, "ok", 900]]]);
  expect(found(await view("Asia/Kolkata"))).toEqual([[[next, "fail", 901]], [[next, "ok", 900]]]);
});
