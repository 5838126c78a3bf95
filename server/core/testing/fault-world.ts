import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { createDb, type PrismaClient } from "../../db/client";
import type { ActionKind, ActionRow } from "../../domain/action";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { isFinal } from "../../domain/states";
import { change, makeDisk, snapshotOf } from "../../drivers/testing/disks";
import { systemClock } from "../../lib/clock";
import { childEnv } from "../../lib/env";
import { type RunningProcess, start } from "../../lib/process";
import { getAction } from "../action/queries";
import { requestBackup } from "../backup/request";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { createRsyncDatastore } from "../datastore/commands";
import { createDriverRunner } from "../driver/runner";
import { requestImageDelete } from "../image/commands";
import { loadActor } from "../user/actor";
import { createUser } from "../user/commands";
import { updateBackupConfig } from "../vm/commands";
import { registerVm } from "../vm/register";
import { type Faults, makeFaultyRemotes } from "./faulty-remotes";
import type { Scene } from "./invariants";

const CORE_PROCESS = fileURLToPath(new URL("./core-process.ts", import.meta.url));
const CORE_LIFE_MS = 24 * 60 * 60_000;
const START_MS = 60_000;
/** A boot check of an emulated machine takes the longest. */
const END_MS = 240_000;
const LOOK_MS = 40;
const SETTLE_MS = 3_000;
const MIB = 1024 * 1024;

/** Backups that `orphan-remove` is tried on: complete, begun, or being removed. */
export const ORPHAN = /^\.?(tmp-(rm-)?)?fa417000/;

/** A powered-off VM whose disk is a file that the test writes to. */
export interface Victim {
  vmId: number;
  disk: string;
}

/**
 * Everything that faults are tried on: a core in a process of its own, which is killed and started again, on one database,
 * home and node name; its drivers, which can be killed too; and this process, which asks and looks.
 */
export interface World {
  db: PrismaClient;
  /** As an administrator with quotas. */
  ctx: Ctx;
  faults: Faults;
  scene: Scene;
  datastoreId: number;
  repository: string;
  /** Increments, and retention. */
  main: Victim;
  /** Full backups, so that snapshots are allowed; its guest can run, as a file (`vmm/dummy`). */
  plain: Victim;
  /** Start the core, unless it runs. */
  startCore(): Promise<void>;
  /** True while it runs. */
  isAlive(): boolean;
  killCore(): Promise<void>;
  /** Wait, bounded, until the core has died by an order. */
  died(): Promise<void>;
  /** Wait, bounded, until a run has ended; the core must run. */
  ended(actionId: number): Promise<ActionRow>;
  /** The same; throws unless it is DONE. */
  done(actionId: number): Promise<ActionRow>;
  /** All runs have ended. Core must run. */
  allEnded(): Promise<void>;
  /** All runs have ended, or the core has died, or some seconds are over: what was to happen has happened. */
  settle(): Promise<void>;
  /** The newest run of a kind. */
  lastOf(kind: ActionKind): Promise<number | null>;
  /** Ask for a backup and keep what the disk is now. */
  askBackup(victim: Victim, reset?: boolean): Promise<number>;
  backup(victim: Victim, reset?: boolean): Promise<ActionRow>;
  /** Delete the oldest backup of a VM, and begin a new chain if it is the open one. */
  forgetOldest(victim: Victim): Promise<void>;
  /** Copies of disks that a run of a backup must give. */
  kept: Map<number, ReadonlyMap<number, string>>;
  close(): Promise<void>;
}

/** @param repositoryAt a folder for the repository that exists; else one is made */
export async function makeWorld(options: {
  databaseUrl: string;
  remotesDir: string;
  repositoryAt?: string;
}): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), "strata-faults-"));
  const faults = await makeFaultyRemotes(options.remotesDir, root);
  const dir = join(root, "it's a $(test)");
  const home = join(dir, "home");
  const datastoreLocation = join(home, "datastores");
  const repository = options.repositoryAt ?? join(dir, "repository");
  await mkdir(datastoreLocation, { recursive: true });
  const db = createDb(options.databaseUrl);
  const kept = new Map<number, ReadonlyMap<number, string>>();
  let child: RunningProcess | null = null;
  let isAlive = false;

  const core: Core = {
    db,
    clock: systemClock,
    log: pino({ level: "silent" }),
    bus: {
      publish: () => undefined,
      async *subscribe() {
        // Nobody listens here.
      },
    },
    drivers: createDriverRunner({ remotesDir: options.remotesDir, home }),
    config: { nodeName: "test-node", home, datastoreLocation, zone: "UTC", version: "test", guestReader: "/dev/null" },
    wake: () => undefined, // the database wakes the core in the child
    abortAction: () => false,
  };

  async function startCore(): Promise<void> {
    if (isAlive) return;
    const input = { databaseUrl: options.databaseUrl, home, datastoreLocation, nodeName: "test-node" };
    const started = start([process.execPath, "--import", "tsx", CORE_PROCESS], {
      input: JSON.stringify({ ...input, remotesDir: faults.remotesDir, faultDir: faults.dir }),
      env: childEnv(),
      timeoutMs: CORE_LIFE_MS,
      maxOutputBytes: MIB,
    });
    child = started;
    isAlive = true;
    void started.done.then(() => {
      if (child === started) isAlive = false;
    });
    started.end();
    const deadline = new AbortController();
    const first = await Promise.race([
      started.lines()[Symbol.asyncIterator]().next(),
      systemClock.sleep(START_MS, deadline.signal),
    ]);
    deadline.abort();
    // An order may have ended it in the middle of its start.
    if (first?.value === "running" || (await faults.steps()).length > 0) return;
    throw new Error(`the core does not start: ${(await started.done).stderr.slice(-2000)}`);
  }

  async function waitFor<T>(what: string, look: () => Promise<T | null>): Promise<T> {
    const deadline = performance.now() + END_MS;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (performance.now() > deadline) throw new Error(`waited too long: ${what}`);
      await systemClock.sleep(LOOK_MS);
    }
  }

  await startCore();
  const admin: Ctx = { core, actor: SYSTEM_ACTOR };
  const { userId } = await createUser(admin, { name: "owner", password: "a long password of a test", groupId: 0 });
  const ctx: Ctx = { core, actor: await loadActor(db, userId) };
  await db.host.update({ where: { id: 0 }, data: { vmMad: "dummy", template: { DOMAIN_TYPE: ["kvm"] } } });
  const { datastoreId } = await createRsyncDatastore(ctx, {
    name: "repository",
    driver: "rsync",
    host: "localhost",
    user: "root",
    port: 22,
    basePath: repository,
    limitMb: null,
    rsyncArgs: null,
  });

  async function makeVictim(name: string, mode: "INCREMENT" | "FULL"): Promise<Victim> {
    const disk = join(dir, `${name}.qcow2`);
    await makeDisk(disk, 32 * MIB);
    await change(disk, "write -P 17 0 4M");
    const place = { hostId: 0, systemDatastoreId: 0, cpu: 1, memoryMb: 128, nics: [] };
    const disks = [{ path: disk, format: "qcow2" as const, isVolatile: false }];
    const { vmId } = await registerVm(ctx, { name, ...place, disks });
    await updateBackupConfig(ctx, { vmId, config: { mode } });
    return { vmId, disk };
  }

  const world: World = {
    db,
    ctx,
    faults,
    kept,
    scene: {
      db,
      config: core.config,
      dir,
      repositories: new Map([[datastoreId, repository]]),
      orphans: ORPHAN,
      contentOf: (actionId) => kept.get(actionId) ?? null,
    },
    datastoreId,
    repository,
    main: await makeVictim("main", "INCREMENT"),
    plain: await makeVictim("plain", "FULL"),
    startCore,
    isAlive: () => isAlive,
    async killCore() {
      if (!isAlive || child?.pid === undefined) return;
      process.kill(child.pid, "SIGKILL");
      await child.done;
      isAlive = false;
    },
    async died() {
      await waitFor("the core dies by an order", async () => (isAlive ? null : true));
      await child?.done;
    },
    ended: (actionId) =>
      waitFor(`run ${actionId} ends`, async () => {
        const row = await getAction(ctx, actionId);
        if (isFinal(row.state)) return row;
        if (!isAlive) throw new Error(`the core has died by itself: ${(await child?.done)?.stderr.slice(-1000) ?? ""}`);
        return null;
      }),
    async done(actionId) {
      const row = await world.ended(actionId);
      if (row.state !== "DONE") throw new Error(`run ${actionId} (${row.kind}) ended ${row.state}: ${row.error ?? ""}`);
      return row;
    },
    async allEnded() {
      await waitFor("all runs end", async () => {
        const left = await db.action.count({ where: { state: { in: ["PENDING", "RUNNING"] } } });
        return left === 0 ? true : null;
      });
    },
    async settle() {
      const deadline = performance.now() + SETTLE_MS;
      while (isAlive && performance.now() < deadline) {
        const left = await db.action.count({ where: { state: { in: ["PENDING", "RUNNING"] } } });
        if (left === 0) return;
        await systemClock.sleep(LOOK_MS);
      }
    },
    async lastOf(kind) {
      return (
        (await db.action.findFirst({ where: { kind }, orderBy: { id: "desc" }, select: { id: true } }))?.id ?? null
      );
    },
    async askBackup(victim, reset = false) {
      const copy = join(dir, "kept", `${victim.vmId}-${kept.size}.qcow2`);
      await snapshotOf(victim.disk, copy);
      const { actionId } = await requestBackup(ctx, { vmId: victim.vmId, datastoreId, reset });
      kept.set(actionId, new Map([[0, copy]]));
      return actionId;
    },
    async backup(victim, reset = false) {
      return await world.done(await world.askBackup(victim, reset));
    },
    async forgetOldest({ vmId }) {
      const oldest = await db.image.findFirst({
        where: { vmId, type: "BACKUP", state: { in: ["READY", "ERROR"] } },
        orderBy: { id: "asc" },
        select: { id: true },
      });
      if (oldest !== null) await world.done((await requestImageDelete(ctx, oldest.id)).actionId);
    },
    async close() {
      await world.killCore();
      await db.$disconnect();
      await rm(root, { recursive: true, force: true });
    },
  };
  return world;
}
