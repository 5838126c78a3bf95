import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { createDb } from "../../db/client";
import { createTestDatabase } from "../../db/testing/database";
import { withTx } from "../../db/tx";
import { type Actor, SYSTEM_ACTOR } from "../../domain/actor";
import type { Clock } from "../../lib/clock";
import { executeAction } from "../action/execute";
import { handlers } from "../action/handlers";
import { bootstrap } from "../bootstrap";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { createRsyncDatastore } from "../datastore/commands";
import { createFakeDrivers, type FakeDrivers } from "../driver/fake";
import { createPgBus } from "../event/pg-bus";
import { beginFlatten } from "../flatten/begin";
import { transitionAction } from "../transition";
import { loadActor } from "../user/actor";
import { hashPassword } from "../user/password";
import { registerVm } from "../vm/register";

/** A clock that stands until a test moves it; sleeps end when it has been moved far enough. */
export interface MovedClock extends Clock {
  advance(ms: number): void;
}

export function createMovedClock(start = Date.UTC(2026, 10, 22, 12)): MovedClock {
  let now = start;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  return {
    now: () => now,
    monotonicMs: () => now - start,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: now + ms, wake: resolve };
        if (signal?.aborted === true) return resolve();
        signal?.addEventListener("abort", () => resolve(), { once: true });
        sleepers.add(sleeper);
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}

/** Of every user made here; hashed once, because that is slow on purpose. */
export const USER_PASSWORD = "password of a test user";
let hashed: Promise<string> | undefined;
function passwordHash(): Promise<string> {
  hashed ??= hashPassword(USER_PASSWORD);
  return hashed;
}

export interface BareCore {
  core: Core;
  /** As oneadmin. */
  ctx: Ctx;
  drivers: FakeDrivers;
  clock: MovedClock;
  /** A user of group `users` (1), or of `groupId`, with USER_PASSWORD. */
  user(name: string, groupId?: number): Promise<Actor>;
  /** A powered-off VM with one disk of 64 MiB. */
  vm(name: string, owner?: Actor): Promise<number>;
  /** A backup datastore; everybody may USE it. */
  datastore(name: string): Promise<number>;
  /** Claim a queued action as the leader does and carry it out, steps straight. */
  run(actionId: number, signal?: AbortSignal): Promise<{ state: string; error: string | null; warnings: string[] }>;
  close(): Promise<void>;
}

/**
 * A core without engine and scheduler: own database, live bus, fake drivers, a clock that tests move. For the rules of
 * the core; `harness.ts` is the real thing.
 */
export async function startBareCore(options: { databaseUrl?: string } = {}): Promise<BareCore> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : null;
  const url = options.databaseUrl ?? database?.url ?? "";
  const home = await mkdtemp(join(tmpdir(), "strata-bare-"));
  const clock = createMovedClock();
  const log = pino({ level: "silent" });
  const db = createDb(url);
  const bus = createPgBus({ url, db, clock: { ...clock, sleep: async () => undefined }, log });
  const drivers = createFakeDrivers();
  const datastoreLocation = join(home, "datastores");
  await mkdir(datastoreLocation);
  const core: Core = {
    db,
    clock,
    log,
    bus,
    drivers,
    config: { nodeName: "bare", home, datastoreLocation, zone: "UTC", version: "0", guestReader: "/dev/null" },
    wake: () => undefined,
    abortAction: () => false,
  };
  await bootstrap(core);
  await db.datastore.updateMany({ data: { totalMb: 100_000, freeMb: 90_000, usedMb: 10_000 } });
  const ctx: Ctx = { core, actor: SYSTEM_ACTOR };
  let userId = 10;
  return {
    core,
    ctx,
    drivers,
    clock,
    async user(name, groupId = 1) {
      const id = userId++;
      await db.user.create({ data: { id, name, gid: groupId, passwordHash: await passwordHash() } });
      await db.membership.create({ data: { userId: id, groupId } });
      return await loadActor(db, id);
    },
    async vm(name, owner) {
      const disks = [{ path: `/disks/${name}.qcow2`, format: "qcow2" as const, isVolatile: false }];
      const { vmId } = await registerVm(ctx, {
        name,
        hostId: 0,
        systemDatastoreId: 0,
        cpu: 1,
        memoryMb: 128,
        disks,
        nics: [],
      });
      if (owner !== undefined) {
        await db.vm.update({ where: { id: vmId }, data: { uid: owner.userId, gid: owner.groupIds[0] ?? 1 } });
      }
      return vmId;
    },
    async datastore(name) {
      const { datastoreId } = await createRsyncDatastore(ctx, {
        name,
        driver: "rsync",
        host: "localhost",
        user: "root",
        port: 22,
        basePath: `/repositories/${name}`,
        limitMb: null,
        rsyncArgs: null,
      });
      await db.datastore.update({ where: { id: datastoreId }, data: { permissions: 0o644 } });
      return datastoreId;
    },
    async run(actionId, signal = new AbortController().signal) {
      await withTx(db, async (tx) => {
        if (!(await beginFlatten(tx, core, actionId))) throw new Error(`run ${actionId} has to wait`);
        await transitionAction(tx, { id: actionId, state: "PENDING" }, "start");
      });
      await executeAction(core, handlers, actionId, (_name, work) => work(), signal);
      const row = await db.action.findUniqueOrThrow({ where: { id: actionId } });
      return { state: row.state, error: row.error, warnings: row.warnings };
    },
    async close() {
      await bus.stop();
      await db.$disconnect();
      await database?.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
