import { Gauge, Registry } from "prom-client";
import type { Core } from "../core";
import { currentLeader } from "../leader/lease";

/**
 * The figures of now in the text format of Prometheus, read from the database at each scrape, in constantly many queries.
 * They are the same whichever node is asked.
 */
export async function collectMetrics(core: Core): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `strata_${name}`, help, labelNames, registers: [registry] });
  await Promise.all([backups(core, gauge), operations(core, gauge), storage(core, gauge), nodes(core, gauge)]);
  return await registry.metrics();
}

type MakeGauge = (name: string, help: string, labelNames?: string[]) => Gauge;

async function backups(core: Core, gauge: MakeGauge): Promise<void> {
  const rows = await core.db.$queryRaw<
    { id: number; name: string; state: string | null; ended: Date | null; seconds: number | null; good: Date | null }[]
  >`
    SELECT v."id", v."name", a."state", a."endedAt" AS ended,
      extract(epoch FROM a."endedAt" - a."startedAt")::float8 AS seconds, g.at AS good
    FROM "Vm" v
    LEFT JOIN LATERAL (
      SELECT "state", "endedAt", "startedAt" FROM "Action"
      WHERE "vmId" = v."id" AND "kind" = 'backup' AND "endedAt" IS NOT NULL ORDER BY "id" DESC LIMIT 1
    ) a ON true
    LEFT JOIN LATERAL (
      SELECT max("endedAt") AS at FROM "Action" WHERE "vmId" = v."id" AND "kind" = 'backup' AND "state" = 'DONE'
    ) g ON true
    WHERE v."state" <> 'DONE' ORDER BY v."id"`;
  const labels = ["vm_id", "vm"];
  const good = gauge("vm_last_backup_success_timestamp_seconds", "End of the last good backup; 0 for none", labels);
  const status = gauge("vm_last_backup_ok", "1 when the last backup that ended was good", labels);
  const duration = gauge("vm_last_backup_duration_seconds", "How long the last backup took", labels);
  for (const row of rows) {
    const at = { vm_id: String(row.id), vm: row.name };
    good.set(at, row.good === null ? 0 : row.good.getTime() / 1000);
    if (row.state !== null) status.set(at, row.state === "DONE" ? 1 : 0);
    if (row.seconds !== null) duration.set(at, row.seconds);
  }
}

async function operations(core: Core, gauge: MakeGauge): Promise<void> {
  const rows = await core.db.$queryRaw<{ kind: string; state: string; count: number; oldest: Date }[]>`
    SELECT "kind", "state", count(*)::int AS count, min("createdAt") AS oldest FROM "Action"
    WHERE "state" IN ('PENDING', 'RUNNING') GROUP BY "kind", "state"`;
  const running = gauge("operations_running", "Operations that run now", ["kind"]);
  const queued = gauge("operations_queued", "Operations that wait", ["kind"]);
  for (const row of rows) (row.state === "RUNNING" ? running : queued).set({ kind: row.kind }, row.count);
  const waiting = rows.filter((row) => row.state === "PENDING").map((row) => row.oldest.getTime());
  const now = core.clock.now();
  gauge("queue_age_seconds", "Age of the operation that waits longest; 0 when none waits").set(
    waiting.length === 0 ? 0 : Math.max(0, (now - Math.min(...waiting)) / 1000),
  );
  const due = await core.db.$queryRaw<{ time: bigint | null }[]>`
    SELECT min("time") AS time FROM "ScheduledAction" WHERE "time" > "done" AND "time" < ${BigInt(Math.floor(now / 1000))}`;
  const oldest = due[0]?.time ?? null;
  gauge("scheduler_lag_seconds", "How long the oldest due schedule is late; 0 when none is").set(
    oldest === null ? 0 : now / 1000 - Number(oldest),
  );
}

async function storage(core: Core, gauge: MakeGauge): Promise<void> {
  const datastores = await core.db.datastore.findMany({ where: { type: "BACKUP" }, orderBy: { id: "asc" } });
  const labels = ["datastore_id", "datastore"];
  const total = gauge("datastore_total_bytes", "Size of a backup datastore, as last read", labels);
  const free = gauge("datastore_free_bytes", "Free space of a backup datastore, as last read", labels);
  const isReachable = gauge("datastore_reachable", "1 when the last reading succeeded", labels);
  for (const datastore of datastores) {
    const at = { datastore_id: String(datastore.id), datastore: datastore.name };
    total.set(at, datastore.totalMb * 1024 * 1024);
    free.set(at, datastore.freeMb * 1024 * 1024);
    isReachable.set(at, datastore.monitorError === null ? 1 : 0);
  }
  const points = await core.db.increment.groupBy({ by: ["verification"], _count: true, _sum: { storedBytes: true } });
  const count = gauge("restore_points", "Restore points by the result of their last check", ["verification"]);
  for (const row of points) count.set({ verification: row.verification }, row._count);
  const broken = await core.db.increment.count({ where: { broken: { not: null } } });
  gauge("restore_points_broken", "Restore points that cannot be restored").set(broken);
  gauge("stored_bytes", "Bytes that the restore points take").set(
    points.reduce((sum, row) => sum + Number(row._sum.storedBytes ?? 0n), 0),
  );
}

async function nodes(core: Core, gauge: MakeGauge): Promise<void> {
  const leader = await currentLeader(core.db);
  const rows = await core.db.$queryRaw<{ name: string; age: number }[]>`
    SELECT "name", extract(epoch FROM now()::timestamp - "seenAt")::float8 AS age FROM "Node" ORDER BY "name"`;
  const seen = gauge("node_silent_seconds", "Time since a node was last heard", ["node"]);
  const leads = gauge("node_leader", "1 for the node that schedules", ["node"]);
  for (const row of rows) {
    seen.set({ node: row.name }, Math.max(0, row.age));
    leads.set({ node: row.name }, row.name === leader ? 1 : 0);
  }
}
