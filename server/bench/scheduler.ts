/**
 * The leader's pass over many VMs: the jobs' part (`jobTick`) and the plan of what is queued, on a database of its own. All
 * VMs wait and no slot is free, which is the most a pass can have to look at; the same without the database; then none waits.
 */
import { PrismaPg } from "@prisma/adapter-pg";
import { jobTick, readJobState, readPlan } from "../core/scheduler/job-tick";
import { readTickState } from "../core/scheduler/tick";
import { readLimits } from "../core/settings";
import { startBareCore } from "../core/testing/bare-core";
import type { PrismaClient } from "../db/client";
import { PrismaClient as Client } from "../db/generated/client";
import { planJobs } from "../domain/schedule/plan-jobs";
import { planTick } from "../domain/schedule/plan-tick";
import { cloneDatabase, ensureTemplate, startTestPostgres } from "../setup/test-database.mjs";
import { median } from "./measure";
import type { SchedulerFigures } from "./report";

export const VM_COUNTS = [100, 1_000, 10_000] as const;
const JOBS = 500;
const HOSTS = 50;
const ROUNDS = 15;
/** The reference's MAX_BACKUPS: that many run already. */
const RUNNING = 5;
/** Bytes of a VM's document, which no pass may read. */
const BODY_BYTES = 6_000;

export interface SchedulerRow {
  name: string;
  vms: number;
  /** Milliseconds of each pass. */
  passes: number[];
  /** Statements of one pass. */
  queries: number;
  /** Heap of the process after a pass, less what it was before the passes; garbage included. */
  heapMb: number;
  isRight: boolean;
}

interface Counted {
  db: PrismaClient;
  count(): number;
}

/** A client that counts the statements it sends. */
function countingDb(url: string): Counted {
  let count = 0;
  const db = new Client({
    adapter: new PrismaPg({ connectionString: url, max: 16 }),
    log: [{ emit: "event", level: "query" }],
  });
  db.$on("query", () => {
    count += 1;
  });
  return { db, count: () => count };
}

/** VM n is in job n % JOBS and on host n % HOSTS. */
async function fill(db: PrismaClient, vms: number): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Vm" ("id", "uid", "gid", "name", "state", "hostId", "systemDatastoreId", "backupConfig", "template")
    SELECT n, 0, 0, 'vm-' || n, 'POWEROFF', n % ${HOSTS}::int, 0, '{}', jsonb_build_object('body', repeat('x', ${BODY_BYTES}::int))
    FROM generate_series(1, ${vms}::int) n`;
  await db.$executeRaw`
    INSERT INTO "VmHistory" ("vmId", "seq", "hostId", "hostName", "datastoreId", "vmMad", "tmMad")
    SELECT n, 0, n % ${HOSTS}::int, 'host', 0, 'kvm', 'qcow2' FROM generate_series(1, ${vms}::int) n`;
  await db.$executeRaw`
    INSERT INTO "BackupJob" ("id", "uid", "gid", "name", "priority", "execution", "datastoreId", "vmIds")
    SELECT j, 0, 0, 'job-' || j, j % 100, 'PARALLEL', 0,
      ARRAY(SELECT n FROM generate_series(1, ${vms}::int) n WHERE n % ${JOBS}::int = j % ${JOBS}::int ORDER BY n DESC)
    FROM generate_series(1, ${JOBS}::int) j`;
  await db.$executeRaw`
    INSERT INTO "JobVm" ("jobId", "vmId", "list")
    SELECT CASE WHEN n % ${JOBS}::int = 0 THEN ${JOBS}::int ELSE n % ${JOBS}::int END, n, 'OUTDATED'
    FROM generate_series(1, ${vms}::int) n`;
  for (let id = 1; id <= RUNNING; id += 1) {
    await db.action.create({
      data: {
        id,
        kind: "backup",
        state: "RUNNING",
        actorId: 0,
        actorName: "oneadmin",
        input: {},
        progress: {},
        hostId: id,
      },
    });
  }
  await db.$executeRaw`ANALYZE`;
}

/** Time passes over a database of `vms` machines. */
export async function measureScheduler(vms: number): Promise<SchedulerRow[]> {
  const postgres = await startTestPostgres();
  try {
    const database = await cloneDatabase(postgres.url, await ensureTemplate(postgres.url));
    const bare = await startBareCore({ databaseUrl: database.url });
    const counted = countingDb(database.url);
    try {
      await fill(bare.core.db, vms);
      const core = { ...bare.core, db: counted.db };
      const pass = async () => {
        await jobTick(core);
        return planTick(await readTickState(core), await readLimits(core.db));
      };
      const timed = async (name: string, waiting: number, work: () => unknown = pass): Promise<SchedulerRow> => {
        await work();
        const queriesBefore = counted.count();
        await work();
        const queries = counted.count() - queriesBefore;
        const heapBefore = process.memoryUsage().heapUsed;
        const passes: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const startedAt = performance.now();
          await work();
          passes.push(performance.now() - startedAt);
        }
        const heapMb = Math.max(0, process.memoryUsage().heapUsed - heapBefore) / 1e6;
        const plan = await readPlan(core);
        const queued = await counted.db.action.count();
        const isRight = plan.waiting.length === waiting && plan.start.length === 0 && queued === RUNNING;
        return { name, vms, passes, queries, heapMb, isRight };
      };
      const rows = [await timed("sched-all-wait", vms)];
      const [jobs, state, limits] = [await readJobState(core), await readTickState(core), await readLimits(core.db)];
      rows.push(await timed("sched-plan-only", vms, () => [planJobs(jobs, limits), planTick(state, limits)]));
      await counted.db.jobVm.updateMany({ data: { list: "UPDATED" } });
      rows.push(await timed("sched-idle", 0));
      return rows;
    } finally {
      await counted.db.$disconnect();
      await bare.close();
      await database.drop();
    }
  } finally {
    await postgres.stop();
  }
}

/** What is printed and written to the JSON file. */
export function schedulerFigures(row: SchedulerRow): SchedulerFigures {
  return {
    case: row.name,
    vms: row.vms,
    medianMs: Number(median(row.passes).toFixed(1)),
    minMs: Number(Math.min(...row.passes).toFixed(1)),
    maxMs: Number(Math.max(...row.passes).toFixed(1)),
    queries: row.queries,
    heapMb: Number(row.heapMb.toFixed(1)),
    isRight: row.isRight,
  };
}
