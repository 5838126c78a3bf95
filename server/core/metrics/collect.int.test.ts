import { afterAll, beforeAll, expect, test } from "vitest";
import { requestBackup } from "../backup/request";
import { beat } from "../leader/nodes";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { collectMetrics } from "./collect";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

test("backups, queue, storage and nodes in Prometheus' format; names are escaped", async () => {
  const datastoreId = await bare.datastore("store");
  const vmId = await bare.vm("named");
  await bare.core.db.vm.update({ where: { id: vmId }, data: { name: 'a "name" \\ here' } });
  const other = await bare.vm("untouched");
  const { actionId } = await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
  expect(await collectMetrics(bare.core)).toContain('strata_operations_queued{kind="backup"} 1');
  bare.clock.advance(5_000);
  await bare.run(actionId);
  await beat(bare.core.db, "node-1", "1");
  const text = await collectMetrics(bare.core);
  const label = `vm_id="${vmId}",vm="a \\"name\\" \\\\ here"`;
  expect(text).toContain(`strata_vm_last_backup_ok{${label}} 1`);
  const good = new RegExp(`success_timestamp_seconds\\{vm_id="${vmId}"[^}]*\\} (\\d+)`).exec(text)?.[1];
  expect(Number(good)).toBeGreaterThan(1_700_000_000);
  expect(text).toContain(`success_timestamp_seconds{vm_id="${other}",vm="untouched"} 0`);
  expect(text).not.toContain(`last_backup_ok{vm_id="${other}"`);
  expect(text).toContain(`strata_datastore_reachable{datastore_id="${datastoreId}",datastore="store"} 1`);
  expect(text).toMatch(/strata_restore_points\{verification="\w+"\} 1\n/);
  expect(text).toMatch(/strata_node_silent_seconds\{node="node-1"\} \d/);
  expect(text).toContain("strata_scheduler_lag_seconds 0");
});
